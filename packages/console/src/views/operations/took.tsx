import type { Operation } from '@restpoint/sdk/source'
import { duration } from '../../format/times.ts'
import { language } from '../../language/language.ts'

/** How long an operation was at work: whole seconds, as the API tells. From left to right wherever it stands. */
export function Took({ operation: { started_at, ended_at } }: { readonly operation: Operation }) {
  if (started_at === null || ended_at === null) return '–'
  const seconds = Math.max(0, (Date.parse(ended_at) - Date.parse(started_at)) / 1000)
  return <bdi dir="ltr">{seconds === 0 ? `<\u00a0${duration(language(), 1)}` : duration(language(), seconds)}</bdi>
}
