/** What is under way on this server, live; and what is told when it ends. */

import { type Operation, OperationFailedError, type ServerDetail } from '@restpoint/sdk/source'
import { useEffect } from 'react'
import { useUndo } from '../../actions/undo.ts'
import { useOperationsOf } from '../../data/operations.ts'
import { isolated } from '../../format/isolate.ts'
import { type Notice, tell, tellProblem } from '../../notices/notices.ts'
import { hasEnded } from '../../operations/ended.ts'
import { newlyEnded } from '../../operations/endings.ts'
import { ProgressBar } from '../../operations/progress-bar.tsx'
import { m } from '../../paraglide/messages.js'
import css from './running.module.css'

export function Running({ server }: { readonly server: ServerDetail }) {
  const { data: operations, dataUpdatedAt } = useOperationsOf(server.id)
  const { mutate: undo } = useUndo(server)
  const name = isolated(server.name)
  useEffect(() => {
    for (const operation of newlyEnded(operations ?? [])) {
      if (operation.status === 'failed') tellProblem(new OperationFailedError(operation))
      const notice = operation.status === 'completed' ? noticeOf(operation, name, undo) : undefined
      if (notice) tell(notice)
    }
    // Whether it was begun here may be known only after it was seen: each answer is looked at, also one that is the same.
  }, [operations, dataUpdatedAt, name, undo])
  // Merges go on in the background, and are seen in the picture.
  const underWay = (operations ?? []).filter(operation => !hasEnded(operation) && operation.kind !== 'merge').reverse()
  return (
    <section aria-label={m.running_region()} className={underWay.length > 0 ? css['running'] : undefined}>
      {underWay.map(operation => (
        <ProgressBar key={operation.id} operation={operation} />
      ))}
    </section>
  )
}

/** What has happened and what comes next, for what people wait for. */
function noticeOf({ kind, server }: Operation, name: string, undo: () => void): Notice | undefined {
  const back = { action: { label: m.undo_button(), run: undo }, about: `undo of server ${server?.id}` }
  const notices: Readonly<Record<string, Notice>> = {
    snapshot_create: { title: m.done_snapshot({ name }), text: m.done_snapshot_next() },
    snapshot_restore: { title: m.done_restore({ name }), text: m.done_restore_next(), ...back },
    server_undo: { title: m.done_undo({ name }), text: m.done_undo_next(), ...back },
  }
  return Object.hasOwn(notices, kind) ? notices[kind] : undefined
}
