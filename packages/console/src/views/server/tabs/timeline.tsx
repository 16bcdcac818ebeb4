/** Snapshots along time: how far apart they are. The table below says the same in words. */
import type { Snapshot } from '@restpoint/sdk/source'
import { number } from '../../../format/numbers.ts'
import { exact, relative } from '../../../format/times.ts'
import { language } from '../../../language/language.ts'
import { m } from '../../../paraglide/messages.js'
import css from './timeline.module.css'
import { placed } from './timeline.ts'

interface TimelineProps {
  readonly snapshots: readonly Snapshot[]
  /** Epoch ms. */
  readonly now: number
}

export function Timeline({ snapshots, now }: TimelineProps) {
  const moments = snapshots.map(({ id, created_at }) => ({ id, at: Date.parse(created_at) }))
  const known = new Map(snapshots.map(one => [one.id, one]))
  const shown = language()
  const oldest = snapshots.at(-1)
  return (
    <figure
      className={css['timeline']}
      aria-label={m.timeline_name({ count: snapshots.length, n: number(shown, snapshots.length) })}
      role="img"
    >
      <div className={css['line']}>
        {placed(moments, now).map(({ id, share }) => {
          const snapshot = known.get(id)
          return (
            snapshot && (
              <span
                key={id}
                className={css['moment']}
                data-state={snapshot.status}
                style={{ insetInlineStart: `${share * 100}%` }}
                title={`${snapshot.name} · ${exact(shown, snapshot.created_at)}`}
              />
            )
          )
        })}
      </div>
      <div className={css['ends']}>
        <span>{oldest && relative(shown, oldest.created_at, now)}</span>
        <span>{m.tree_now()}</span>
      </div>
    </figure>
  )
}
