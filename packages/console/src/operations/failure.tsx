/** Why an operation failed, and what can be done about it. */
import { type Operation, OperationFailedError } from '@restpoint/sdk/source'
import type { ReactNode } from 'react'
import { Problem } from '../problems/problem.tsx'

export function Failure({ operation, children }: { readonly operation: Operation; readonly children?: ReactNode }) {
  return <Problem error={new OperationFailedError(operation)}>{children}</Problem>
}
