/** The way through a long list: which part of it is shown, and the pages before and after. Nothing where there is one page. */
import { Button } from '@mantine/core'
import { number } from '../format/numbers.ts'
import { language } from '../language/language.ts'
import { m } from '../paraglide/messages.js'
import css from './pager.module.css'

interface PagerProps {
  /** From 1. */
  readonly page: number
  readonly pageSize: number
  /** Of all. */
  readonly count: number
  readonly go: (page: number) => void
}

export function Pager({ page, pageSize, count, go }: PagerProps) {
  if (count <= pageSize && page === 1) return null
  const n = (value: number) => number(language(), value)
  const last = Math.max(1, Math.ceil(count / pageSize))
  const from = (page - 1) * pageSize + 1
  const to = Math.min(count, page * pageSize)
  return (
    <nav aria-label={m.pager_label()} className={css['pager']}>
      <p role="status" className={css['range']}>
        {from > count ? m.pager_beyond() : m.pager_range({ from: n(from), to: n(to), count: n(count) })}
      </p>
      <Button variant="default" size="sm" disabled={page <= 1} onClick={() => go(Math.min(page - 1, last))}>
        {m.pager_before()}
      </Button>
      <Button variant="default" size="sm" disabled={page >= last} onClick={() => go(page + 1)}>
        {m.pager_after()}
      </Button>
    </nav>
  )
}
