/** Taking a snapshot: its name, what it will be good for, and whether there is room for one more. */

import { NativeSelect, Textarea, TextInput } from '@mantine/core'
import type { ServerDetail } from '@restpoint/sdk/source'
import { useState } from 'react'
import { faultOf, LONGEST_DESCRIPTION, lengthOf, nameForNow } from '../actions/names.ts'
import { useReasons } from '../actions/reasons.ts'
import { type NewSnapshot, requests } from '../actions/requests.ts'
import { useAction } from '../data/action.ts'
import { useDryRun } from '../data/dry-run.ts'
import { keys } from '../data/keys.ts'
import { useSnapshots } from '../data/snapshots.ts'
import { isolated } from '../format/isolate.ts'
import { number } from '../format/numbers.ts'
import { language } from '../language/language.ts'
import { isBegun } from '../operations/endings.ts'
import { m } from '../paraglide/messages.js'
import { useRestpoint } from '../session/client.tsx'
import css from './dialog.module.css'
import { Dialog } from './dialog.tsx'
import { Blockers, expectedTime, reasonOf } from './foreseen.tsx'
import { nameInWords } from './name-words.ts'

const consistencies = ['auto', 'filesystem', 'crash'] as const

interface SnapshotDialogProps {
  readonly server: ServerDetail
  readonly close: () => void
}

export function SnapshotDialog({ server, close }: SnapshotDialogProps) {
  const restpoint = useRestpoint()
  const [name, setName] = useState(() => nameForNow(new Date()))
  const [description, setDescription] = useState('')
  const [consistency, setConsistency] = useState<NewSnapshot['consistency']>('auto')
  const [isTold, setIsTold] = useState(false)
  const wish = { name, description, consistency }
  const fault = faultOf('snapshot', name)
  const isLong = lengthOf(description) > LONGEST_DESCRIPTION
  // What it is called changes nothing in what stands in its way.
  const foreseen = useDryRun(['snapshot', server.id, server.status], (dryRun, signal) =>
    dryRun.snapshots.create({ server_id: server.id, name: 'dry-run' }, { signal }),
  )
  const action = useAction({
    run: () => restpoint.snapshots.create({ server_id: server.id, name, description }, { consistency }),
    // What has happened is told at its end.
    done: begun => {
      isBegun(begun)
      close()
      return undefined
    },
    changes: [keys.snapshots, keys.servers, keys.operations],
  })
  const against = useReasons(server)('snapshot')
  return (
    <Dialog
      title={m.snapshot_title({ server: isolated(server.name) })}
      confirm={m.snapshot_confirm()}
      reason={against ?? reasonOf(foreseen) ?? (fault && isTold ? nameInWords('snapshot', fault) : undefined)}
      isRunning={action.isPending}
      request={requests.snapshot(server, wish)}
      run={() => {
        setIsTold(true)
        if (!fault && !isLong) action.mutate(undefined)
      }}
      close={close}
    >
      <TextInput
        data-autofocus
        label={m.snapshot_name()}
        description={m.snapshot_name_rule()}
        value={name}
        error={fault && (fault !== 'empty' || isTold) ? nameInWords('snapshot', fault) : undefined}
        dir="ltr"
        autoComplete="off"
        spellCheck={false}
        onChange={event => setName(event.currentTarget.value)}
        onFocus={event => event.currentTarget.select()}
      />
      <Taken server={server} name={name} />
      <Textarea
        label={m.snapshot_description()}
        value={description}
        dir="auto"
        autosize
        minRows={2}
        maxRows={6}
        error={isLong ? m.snapshot_description_long({ n: number(language(), LONGEST_DESCRIPTION) }) : undefined}
        onChange={event => setDescription(event.currentTarget.value)}
      />
      <NativeSelect
        label={m.snapshot_consistency()}
        value={consistency}
        data={consistencies.map(value => ({ value, label: consistencyLabels[value]() }))}
        onChange={event => setConsistency(consistencies.find(one => one === event.currentTarget.value) ?? 'auto')}
      />
      <ul className={css['points']}>
        <li>{expectation(server, consistency)}</li>
        <Slots server={server} />
        <li>{expectedTime(foreseen)}</li>
      </ul>
      <Blockers foreseen={foreseen} />
    </Dialog>
  )
}

const consistencyLabels = {
  auto: m.consistency_auto,
  filesystem: m.consistency_filesystem,
  crash: m.consistency_crash,
} as const

/** What it will be good for, as the guest agent is there or not. */
function expectation({ status, agent }: ServerDetail, consistency: NewSnapshot['consistency']): string {
  if (consistency === 'crash') return m.expect_crash()
  if (status === 'stopped') return m.expect_stopped()
  if (agent.connected) return m.expect_filesystem()
  return consistency === 'filesystem' ? m.expect_failure() : m.expect_agent_absent()
}

/** Allowed, but somebody will have to tell the two apart. */
function Taken({ server, name }: { readonly server: ServerDetail; readonly name: string }) {
  const isTaken = (useSnapshots().data ?? []).some(one => one.server.id === server.id && one.name === name)
  return (
    <p role="status" className={css['hint']} hidden={!isTaken}>
      {isTaken && m.snapshot_name_taken()}
    </p>
  )
}

function Slots({ server: { snapshots } }: { readonly server: ServerDetail }) {
  const left = Math.max(0, snapshots.limit - snapshots.count)
  const shown = language()
  return <li>{m.slots_left({ count: left, n: number(shown, left), limit: number(shown, snapshots.limit) })}</li>
}
