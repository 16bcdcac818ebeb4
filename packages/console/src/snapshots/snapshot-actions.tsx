/** Restore, clone, delete: beside a snapshot, wherever it is shown. */
import type { ServerDetail, Snapshot } from '@restpoint/sdk/source'
import { useState } from 'react'
import { useReasons } from '../actions/reasons.ts'
import { useReasonAgainst } from '../data/allowed.ts'
import { CloneDialog } from '../dialogs/clone.tsx'
import { DeleteSnapshotDialog } from '../dialogs/delete-snapshot.tsx'
import { RestoreDialog } from '../dialogs/restore.tsx'
import { m } from '../paraglide/messages.js'
import { ActionButton } from '../parts/action-button.tsx'

interface SnapshotActionsProps {
  readonly server: ServerDetail
  readonly snapshot: Snapshot
}

export function SnapshotActions({ server, snapshot }: SnapshotActionsProps) {
  const [opened, open] = useState<'restore' | 'clone' | 'delete'>()
  const reasonAgainst = useReasons(server)
  const mayNotDelete = useReasonAgainst()('snapshots:write')
  const unfinished = snapshot.status === 'completed' ? undefined : m.snapshot_unfinished()
  const close = () => open(undefined)
  return (
    <>
      <ActionButton
        size="sm"
        px="sm"
        variant="light"
        reason={reasonAgainst('restore') ?? unfinished}
        onClick={() => open('restore')}
      >
        {m.action_restore()}
      </ActionButton>
      <ActionButton
        size="sm"
        px="sm"
        variant="default"
        reason={reasonAgainst('clone') ?? unfinished}
        onClick={() => open('clone')}
      >
        {m.action_clone()}
      </ActionButton>
      <ActionButton size="sm" px="sm" variant="default" reason={mayNotDelete} onClick={() => open('delete')}>
        {m.action_delete()}
      </ActionButton>
      {opened === 'restore' && <RestoreDialog server={server} snapshot={snapshot} close={close} />}
      {opened === 'clone' && <CloneDialog server={server} snapshotId={snapshot.id} close={close} />}
      {opened === 'delete' && <DeleteSnapshotDialog server={server} snapshot={snapshot} close={close} />}
    </>
  )
}
