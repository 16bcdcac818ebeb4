/** The fields of a form. Whenever it could not be sent, one goes on at the first that something is wrong with. */
import { type ReactNode, useEffect, useRef } from 'react'
import css from './fields.module.css'

interface FieldsProps {
  /** How often somebody tried to send it. */
  readonly tries: number
  /** What the service has said to the last of them. */
  readonly error?: unknown
  readonly children: ReactNode
}

export function Fields({ tries, error, children }: FieldsProps) {
  const fields = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (tries > 0) fields.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [tries, error])
  return (
    <div ref={fields} className={css['fields']}>
      {children}
    </div>
  )
}

interface GroupProps {
  readonly label: string
  readonly hint?: string
  readonly fault?: ReactNode
  readonly children: ReactNode
}

/** Fields that belong together. */
export function Group({ label, hint, fault, children }: GroupProps) {
  return (
    <fieldset className={css['group']}>
      <legend>{label}</legend>
      {hint && <p className={css['hint']}>{hint}</p>}
      {children}
      {fault && <p className={css['fault']}>{fault}</p>}
    </fieldset>
  )
}

/** Beside each other where there is room. */
export function Beside({ children }: { readonly children: ReactNode }) {
  return <div className={css['beside']}>{children}</div>
}
