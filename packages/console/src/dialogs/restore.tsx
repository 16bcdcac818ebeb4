/** Putting a server back to a snapshot: what is now, what will be, and that it can be undone. */

import type { Layer, ServerDetail, Snapshot } from '@restpoint/sdk/source'
import { useReasons } from '../actions/reasons.ts'
import { requests } from '../actions/requests.ts'
import { useAction } from '../data/action.ts'
import { useDryRun } from '../data/dry-run.ts'
import { keys } from '../data/keys.ts'
import { useLayers } from '../data/layers.ts'
import { useSnapshot } from '../data/snapshots.ts'
import { isolated } from '../format/isolate.ts'
import { number } from '../format/numbers.ts'
import { relative } from '../format/times.ts'
import { language } from '../language/language.ts'
import { isBegun } from '../operations/endings.ts'
import { m } from '../paraglide/messages.js'
import { useNow } from '../parts/time.tsx'
import { useRestpoint } from '../session/client.tsx'
import { consistencyInWords } from '../snapshots/receipt.ts'
import { abridged, afterGoingBack, layersOf } from '../tree/after.ts'
import { SmallTree } from '../tree/small-tree.tsx'
import css from './dialog.module.css'
import { Dialog } from './dialog.tsx'
import { Blockers, expectedTime, reasonOf } from './foreseen.tsx'

interface RestoreDialogProps {
  readonly server: ServerDetail
  readonly snapshot: Pick<Snapshot, 'id' | 'name' | 'created_at'>
  readonly close: () => void
}

export function RestoreDialog({ server, snapshot, close }: RestoreDialogProps) {
  const restpoint = useRestpoint()
  const layers = useLayers(server.id).data ?? []
  const receipt = useSnapshot(snapshot.id).data?.receipt
  const now = useNow()
  const foreseen = useDryRun(['restore', snapshot.id, server.status], (dryRun, signal) =>
    dryRun.snapshots.restore(snapshot.id, { signal }),
  )
  const action = useAction({
    run: () => restpoint.snapshots.restore(snapshot.id),
    // What has happened is told at its end.
    done: begun => {
      isBegun(begun)
      close()
      return undefined
    },
    changes: [keys.servers, keys.operations],
  })
  const against = useReasons(server)('restore')
  const shown = language()
  return (
    <Dialog
      title={m.restore_title({ server: isolated(server.name), snapshot: isolated(snapshot.name) })}
      confirm={m.restore_confirm()}
      reason={against ?? reasonOf(foreseen)}
      isRunning={action.isPending}
      request={requests.restore(snapshot)}
      run={() => action.mutate(undefined)}
      close={close}
    >
      <Pictures layers={layers} snapshot={snapshot} when={relative(shown, snapshot.created_at, now)} />
      <ul className={css['points']}>
        <li>{server.status === 'active' ? m.restore_running() : m.restore_stopped()}</li>
        <li>
          {m.restore_undo({ count: server.undo.hours, n: number(shown, server.undo.hours) })}
          {server.undo.available && ` ${m.restore_undo_replaced()}`}
        </li>
        {receipt && <li>{consistencyInWords(receipt)}</li>}
        <li>{expectedTime(foreseen)}</li>
      </ul>
      <Blockers foreseen={foreseen} />
    </Dialog>
  )
}

interface PicturesProps extends Pick<RestoreDialogProps, 'snapshot'> {
  readonly layers: readonly Layer[]
  readonly when: string
}

function Pictures({ layers, snapshot, when }: PicturesProps) {
  const targets = layersOf(layers, { snapshot: snapshot.id })
  const [target] = targets
  if (target === undefined) return null
  const before = abridged(layers, target)
  const after = abridged(afterGoingBack(layers, targets), target)
  return (
    <div className={css['pictures']}>
      <figure>
        <figcaption>{m.restore_now()}</figcaption>
        <SmallTree layers={before} name={m.restore_now_picture({ snapshot: isolated(snapshot.name) })} />
      </figure>
      <figure>
        <figcaption>{m.restore_then({ when })}</figcaption>
        <SmallTree layers={after} name={m.restore_then_picture({ snapshot: isolated(snapshot.name) })} />
      </figure>
    </div>
  )
}
