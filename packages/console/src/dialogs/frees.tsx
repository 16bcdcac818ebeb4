/** What a deletion frees: now, when layers are merged, and together with others. */

import type { DryRun } from '@restpoint/sdk/source'
import { isolated } from '../format/isolate.ts'
import { size } from '../format/numbers.ts'
import { language } from '../language/language.ts'
import { m } from '../paraglide/messages.js'
import css from './dialog.module.css'

/** Those that name more are of use to nobody. */
const MOST = 4

export function Frees({ frees }: { readonly frees: DryRun['frees'] | undefined }) {
  if (!frees) return <p className={css['hint']}>{m.dialog_estimating()}</p>
  const { bytes, merge_bytes, more } = frees
  const shown = language()
  return (
    <ul className={css['points']}>
      <li>{m.frees_now({ size: isolated(size(shown, bytes)) })}</li>
      {merge_bytes > 0 && <li>{m.frees_merged({ size: isolated(size(shown, merge_bytes)) })}</li>}
      {more
        .filter(({ bytes }) => bytes > 0)
        .slice(0, MOST)
        .map(({ bytes, servers, snapshots }) => {
          const names = [...servers, ...snapshots].map(({ name }) => name)
          return (
            <li key={names.join()}>
              {m.frees_more({ size: isolated(size(shown, bytes)), names: listed(names.map(isolated)) })}
            </li>
          )
        })}
    </ul>
  )
}

function listed(names: readonly string[]): string {
  const { code, numbers } = language()
  return code === 'ig' || code === 'ne'
    ? names.join(', ')
    : new Intl.ListFormat(numbers, { type: 'conjunction' }).format(names)
}
