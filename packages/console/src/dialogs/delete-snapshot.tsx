/** Deleting a snapshot: final, so it says what is freed. */

import type { ServerDetail, Snapshot } from '@restpoint/sdk/source'
import { requests } from '../actions/requests.ts'
import { useAction } from '../data/action.ts'
import { useReasonAgainst } from '../data/allowed.ts'
import { useDryRun } from '../data/dry-run.ts'
import { keys } from '../data/keys.ts'
import { isolated } from '../format/isolate.ts'
import { m } from '../paraglide/messages.js'
import { useRestpoint } from '../session/client.tsx'
import { Dialog } from './dialog.tsx'
import { Blockers, reasonOf } from './foreseen.tsx'
import { Frees } from './frees.tsx'

interface DeleteSnapshotDialogProps {
  readonly server: Pick<ServerDetail, 'name'>
  readonly snapshot: Pick<Snapshot, 'id' | 'name'>
  readonly close: () => void
}

export function DeleteSnapshotDialog({ server, snapshot, close }: DeleteSnapshotDialogProps) {
  const restpoint = useRestpoint()
  const foreseen = useDryRun(['delete snapshot', snapshot.id], (dryRun, signal) =>
    dryRun.snapshots.delete(snapshot.id, { signal }),
  )
  const action = useAction({
    run: () => restpoint.snapshots.delete(snapshot.id),
    done: () => {
      close()
      return { title: m.deleted_snapshot({ name: isolated(snapshot.name) }), text: m.deleted_snapshot_next() }
    },
    changes: [keys.snapshots, keys.servers, keys.operations],
  })
  const against = useReasonAgainst()('snapshots:write')
  return (
    <Dialog
      title={m.delete_snapshot_title({ snapshot: isolated(snapshot.name), server: isolated(server.name) })}
      confirm={m.delete_snapshot_confirm()}
      reason={against ?? reasonOf(foreseen)}
      isFinal
      isRunning={action.isPending}
      request={requests.deleteSnapshot(snapshot)}
      run={() => action.mutate(undefined)}
      close={close}
    >
      <p>{m.delete_snapshot_final()}</p>
      <Frees frees={foreseen.data?.frees} />
      <Blockers foreseen={foreseen} />
    </Dialog>
  )
}
