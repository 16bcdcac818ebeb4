/** What a dry run says: what stands in the way and what can be done about it, and how long it will take. */

import type { DryRun } from '@restpoint/sdk/source'
import type { UseQueryResult } from '@tanstack/react-query'
import { isolated } from '../format/isolate.ts'
import { number } from '../format/numbers.ts'
import { duration } from '../format/times.ts'
import { language } from '../language/language.ts'
import { m } from '../paraglide/messages.js'
import { useProblemWords } from '../problems/catalogue.ts'
import { FromService, Problem } from '../problems/problem.tsx'
import { Prose } from '../problems/prose.tsx'
import css from './foreseen.module.css'

type Foreseen = UseQueryResult<DryRun>

/** Nothing where nothing stands in the way. */
export function Blockers({ foreseen: { data, error } }: { readonly foreseen: Foreseen }) {
  if (error) return <Problem error={error} />
  if (!data || data.possible) return null
  return (
    <div role="alert" className={css['blockers']}>
      {data.blockers.map(blocker => (
        <Blocker key={blocker.code} blocker={blocker} />
      ))}
    </div>
  )
}

function Blocker({ blocker: { code, title, detail, remedy } }: { readonly blocker: DryRun['blockers'][number] }) {
  const words = useProblemWords(code)
  return (
    <div>
      <p className={css['title']}>{words?.title ?? title}</p>
      <p>
        <Prose text={words?.remedy ?? remedy} />
      </p>
      <p className={css['detail']}>
        <FromService>{detail}</FromService>
      </p>
    </div>
  )
}

/** Why the button cannot be used: something is in the way. */
export function reasonOf({ data }: Foreseen): string | undefined {
  return data && !data.possible ? m.dialog_blocked() : undefined
}

/** `On this host this takes 0.4 s (median of the last 12).` */
export function expectedTime({ data }: Foreseen): string {
  if (!data) return m.dialog_estimating()
  const { seconds, based_on } = data.estimate
  if (seconds === null || based_on === 0) return m.dialog_time_unknown()
  const shown = language()
  return m.dialog_time({ time: isolated(duration(shown, seconds)), count: based_on, n: number(shown, based_on) })
}
