/** What a view shows in place of what there is not, or not yet. */
import { Button } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { m } from '../paraglide/messages.js'
import { Problem } from '../problems/problem.tsx'
import css from './states.module.css'

interface EmptyProps {
  readonly title: string
  /** One sentence that teaches, and one example. */
  readonly children?: ReactNode
}

export function Empty({ title, children }: EmptyProps) {
  return (
    <div className={css['empty']}>
      <p className={css['title']}>{title}</p>
      {children}
    </div>
  )
}

/** The shape of what comes: so many rows. */
export function Loading({ rows = 5 }: { readonly rows?: number }) {
  return (
    <div role="status" className={css['loading']}>
      <span className="away">{m.loading()}</span>
      {Array.from({ length: rows }, (_, row) => (
        // oxlint-disable-next-line react/no-array-index-key -- they are all alike
        <div key={row} className={css['row']} />
      ))}
    </div>
  )
}

interface AnsweredProps<Data> {
  readonly query: UseQueryResult<Data>
  /** While it is asked for. */
  readonly loading?: ReactNode
  readonly children: (data: Data) => ReactNode
}

/** What a query has answered; once it has, that stays to be read even if it cannot be asked for again. */
export function Answered<Data>({ query, loading = <Loading />, children }: AnsweredProps<Data>) {
  if (query.data !== undefined) return children(query.data)
  if (!query.isError) return loading
  return (
    <Problem error={query.error}>
      <Button size="xs" variant="default" loading={query.isFetching} onClick={() => void query.refetch()}>
        {m.problem_try_again()}
      </Button>
    </Problem>
  )
}
