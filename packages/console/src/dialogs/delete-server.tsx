/** Deleting a server: final, so it says what goes with it and what is freed. */

import { Checkbox } from '@mantine/core'
import type { ServerDetail } from '@restpoint/sdk/source'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { useReasons } from '../actions/reasons.ts'
import { requests } from '../actions/requests.ts'
import { useAction } from '../data/action.ts'
import { useDryRun } from '../data/dry-run.ts'
import { keys } from '../data/keys.ts'
import { isolated } from '../format/isolate.ts'
import { number } from '../format/numbers.ts'
import { language } from '../language/language.ts'
import { m } from '../paraglide/messages.js'
import { paths } from '../paths.ts'
import { useRestpoint } from '../session/client.tsx'
import { Dialog } from './dialog.tsx'
import { Blockers, reasonOf } from './foreseen.tsx'
import { Frees } from './frees.tsx'

interface DeleteServerDialogProps {
  readonly server: ServerDetail
  readonly close: () => void
}

export function DeleteServerDialog({ server, close }: DeleteServerDialogProps) {
  const restpoint = useRestpoint()
  const [, go] = useLocation()
  const [withSnapshots, setWithSnapshots] = useState(false)
  const { count } = server.snapshots
  const foreseen = useDryRun(['delete server', server.id, withSnapshots], (dryRun, signal) =>
    dryRun.servers.delete(server.id, { with_snapshots: withSnapshots, signal }),
  )
  const action = useAction({
    run: () => restpoint.servers.delete(server.id, { with_snapshots: withSnapshots }),
    done: () => {
      close()
      go(paths.servers())
      return { title: m.deleted_server({ name: isolated(server.name) }), text: m.deleted_server_next() }
    },
    changes: [keys.servers, keys.snapshots, keys.operations],
  })
  const against = useReasons(server)('delete')
  return (
    <Dialog
      title={m.delete_server_title({ server: isolated(server.name) })}
      confirm={m.delete_server_confirm()}
      reason={against ?? reasonOf(foreseen)}
      isFinal
      isRunning={action.isPending}
      request={requests.deleteServer(server, withSnapshots)}
      run={() => action.mutate(undefined)}
      close={close}
    >
      <p>{m.delete_server_final()}</p>
      {count > 0 && (
        <Checkbox
          data-autofocus
          label={m.delete_server_with({ count, n: number(language(), count) })}
          checked={withSnapshots}
          onChange={event => setWithSnapshots(event.currentTarget.checked)}
        />
      )}
      <Frees frees={foreseen.data?.frees} />
      <Blockers foreseen={foreseen} />
    </Dialog>
  )
}
