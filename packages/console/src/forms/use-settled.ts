/** A value once it has stayed the same for a while: what is typed is not asked about letter by letter. */
import { useEffect, useState } from 'react'

const SETTLE_MS = 350

/** Compared as JSON. */
export function useSettled<Value>(value: Value): Value {
  const text = JSON.stringify(value)
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(JSON.parse(text ?? 'null') as Value), SETTLE_MS)
    return () => clearTimeout(timer)
  }, [text])
  return settled
}
