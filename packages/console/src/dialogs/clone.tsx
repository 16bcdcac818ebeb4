/** A new server that begins with what a snapshot holds. */

import { Checkbox, NativeSelect, TextInput } from '@mantine/core'
import type { ServerDetail } from '@restpoint/sdk/source'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { faultOf } from '../actions/names.ts'
import { useReasons } from '../actions/reasons.ts'
import { requests } from '../actions/requests.ts'
import { useAction } from '../data/action.ts'
import { useDryRun } from '../data/dry-run.ts'
import { keys } from '../data/keys.ts'
import { useSnapshots } from '../data/snapshots.ts'
import { isolated } from '../format/isolate.ts'
import { m } from '../paraglide/messages.js'
import { paths } from '../paths.ts'
import { useRestpoint } from '../session/client.tsx'
import css from './dialog.module.css'
import { Dialog } from './dialog.tsx'
import { Blockers, expectedTime, reasonOf } from './foreseen.tsx'
import { nameInWords } from './name-words.ts'

interface CloneDialogProps {
  readonly server: ServerDetail
  /** Which one is chosen first; default: the newest. */
  readonly snapshotId?: number
  readonly close: () => void
}

export function CloneDialog({ server, snapshotId, close }: CloneDialogProps) {
  const restpoint = useRestpoint()
  const [, go] = useLocation()
  const whole = (useSnapshots().data ?? []).filter(one => one.server.id === server.id && one.status === 'completed')
  const [chosen, setChosen] = useState(snapshotId)
  const [name, setName] = useState(`${server.name}-copy`)
  const [quarantine, setQuarantine] = useState(false)
  const [isTold, setIsTold] = useState(false)
  const snapshot_id = chosen ?? whole[0]?.id
  const fault = faultOf('server', name)
  const body = { snapshot_id: snapshot_id ?? 0, name, quarantine }
  const foreseen = useDryRun(
    ['clone', server.id, snapshot_id],
    snapshot_id === undefined
      ? undefined
      : (dryRun, signal) => dryRun.servers.clone(server.id, { snapshot_id, name: 'dry-run' }, { signal }),
  )
  const action = useAction({
    run: () => restpoint.servers.clone(server.id, body),
    done: ({ body: made }) => {
      close()
      const show = { label: m.clone_show(), run: () => go(paths.server(made.id)) }
      return { title: m.clone_begun({ name: isolated(made.name) }), text: m.clone_begun_next(), action: show }
    },
    changes: [keys.servers, keys.operations],
  })
  const against = useReasons(server)('clone')
  const none = snapshot_id === undefined ? m.clone_no_snapshot() : undefined
  return (
    <Dialog
      title={m.clone_title({ server: isolated(server.name) })}
      confirm={m.clone_confirm()}
      reason={against ?? none ?? reasonOf(foreseen) ?? (fault && isTold ? nameInWords('server', fault) : undefined)}
      isRunning={action.isPending}
      request={requests.clone(server, body)}
      run={() => {
        setIsTold(true)
        if (!fault) action.mutate(undefined)
      }}
      close={close}
    >
      <TextInput
        data-autofocus
        label={m.clone_name()}
        value={name}
        error={fault && (fault !== 'empty' || isTold) ? nameInWords('server', fault) : undefined}
        dir="ltr"
        autoComplete="off"
        spellCheck={false}
        onChange={event => setName(event.currentTarget.value)}
        onFocus={event => event.currentTarget.select()}
      />
      <NativeSelect
        label={m.clone_from()}
        value={snapshot_id ?? ''}
        disabled={whole.length === 0}
        data={whole.map(({ id, name }) => ({ value: String(id), label: name }))}
        onChange={event => setChosen(Number(event.currentTarget.value))}
      />
      <Checkbox
        label={m.clone_quarantine()}
        description={m.clone_quarantine_why()}
        checked={quarantine}
        onChange={event => setQuarantine(event.currentTarget.checked)}
      />
      <ul className={css['points']}>
        <li>{m.clone_shares()}</li>
        {snapshot_id === undefined ? <li>{m.clone_no_snapshot()}</li> : <li>{expectedTime(foreseen)}</li>}
      </ul>
      <Blockers foreseen={foreseen} />
    </Dialog>
  )
}
