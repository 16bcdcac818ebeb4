/** What is wrong with the fields of a form: what the service says of them, beside each; all else where the form ends. */
import type { ReactNode } from 'react'
import { explain } from '../problems/explain.ts'
import { FromService, Problem } from '../problems/problem.tsx'

/** → what the service says of a field, to be shown beside it; undefined: nothing. */
export function fieldErrors(error: unknown): (field: string) => ReactNode | undefined {
  const { fields } = error ? explain(error) : { fields: {} }
  return field => {
    const messages = Object.hasOwn(fields, field) ? (fields as Record<string, readonly string[]>)[field] : undefined
    return messages && <FromService>{messages.join(' ')}</FromService>
  }
}

interface FormProblemProps {
  readonly error: unknown
  /** What is shown beside fields already. */
  readonly fields: readonly string[]
}

/** What is not about those fields. */
export function FormProblem({ error, fields }: FormProblemProps) {
  if (!error) return null
  const told = Object.keys(explain(error).fields)
  if (told.length > 0 && told.every(field => fields.includes(field))) return null
  return <Problem error={error} except={fields} />
}
