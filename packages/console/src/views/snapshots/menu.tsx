/** What can be done with one of all snapshots: the dialogs are those of its server's page. */
import type { Snapshot } from '@restpoint/sdk/source'
import { useLocation } from 'wouter'
import { useReasons } from '../../actions/reasons.ts'
import { useReasonAgainst } from '../../data/allowed.ts'
import { useServer, useServers } from '../../data/servers.ts'
import { CloneDialog } from '../../dialogs/clone.tsx'
import { DeleteSnapshotDialog } from '../../dialogs/delete-snapshot.tsx'
import { RestoreDialog } from '../../dialogs/restore.tsx'
import { isolated } from '../../format/isolate.ts'
import { m } from '../../paraglide/messages.js'
import { RowMenu } from '../../parts/row-menu.tsx'
import { paths } from '../../paths.ts'

export interface Opened {
  readonly what: 'restore' | 'clone' | 'delete' | 'code'
  readonly snapshot: Snapshot
}

interface SnapshotMenuProps {
  readonly snapshot: Snapshot
  readonly open: (what: Opened['what']) => void
}

export function SnapshotMenu({ snapshot, open }: SnapshotMenuProps) {
  const [, go] = useLocation()
  const { id, name } = snapshot.server
  // Until it is known, the service decides.
  const server = useServers().data?.find(one => one.id === id) ?? ({ status: 'active' } as const)
  const reasonAgainst = useReasons(server)
  const mayNotWrite = useReasonAgainst()('snapshots:write')
  const unfinished = snapshot.status === 'completed' ? undefined : m.snapshot_unfinished()
  return (
    <RowMenu
      label={m.all_snapshots_menu({ name: isolated(snapshot.name), server: isolated(name) })}
      actions={[
        { label: m.all_snapshots_tree(), run: () => go(paths.server(id)) },
        { label: m.action_restore(), reason: reasonAgainst('restore') ?? unfinished, run: () => open('restore') },
        { label: m.action_clone(), reason: reasonAgainst('clone') ?? unfinished, run: () => open('clone') },
        { label: m.action_delete(), reason: mayNotWrite, isFinal: true, run: () => open('delete') },
      ]}
      showCode={() => open('code')}
    />
  )
}

interface OpenedDialogProps {
  readonly opened: Opened
  readonly close: () => void
}

export function OpenedDialog({ opened: { what, snapshot }, close }: OpenedDialogProps) {
  const server = useServer(snapshot.server.id).data
  if (what === 'delete') return <DeleteSnapshotDialog server={snapshot.server} snapshot={snapshot} close={close} />
  if (!server) return null
  if (what === 'clone') return <CloneDialog server={server} snapshotId={snapshot.id} close={close} />
  return <RestoreDialog server={server} snapshot={snapshot} close={close} />
}
