/** What was done with a server, newest first. */
import type { Operation, ServerDetail } from '@restpoint/sdk/source'
import { requests } from '../../../actions/requests.ts'
import { useOperationsOf } from '../../../data/operations.ts'
import { useSnapshots } from '../../../data/snapshots.ts'
import { duration } from '../../../format/times.ts'
import { language } from '../../../language/language.ts'
import { hasEnded } from '../../../operations/ended.ts'
import { Failure } from '../../../operations/failure.tsx'
import { kindInWords, stepInWords } from '../../../operations/words.ts'
import { m } from '../../../paraglide/messages.js'
import { AsCode } from '../../../parts/as-code.tsx'
import { StateDot } from '../../../parts/state-dot.tsx'
import { Answered, Empty } from '../../../parts/states.tsx'
import { type Column, Table } from '../../../parts/table.tsx'
import { Ago } from '../../../parts/time.tsx'
import css from './tabs.module.css'

export default function Activity({ server }: { readonly server: ServerDetail }) {
  return (
    <Answered query={useOperationsOf(server.id)}>
      {operations =>
        operations.length === 0 ? (
          <Empty title={m.activity_empty_title()}>
            <p>{m.activity_empty_text()}</p>
          </Empty>
        ) : (
          <>
            <div className={css['head']}>
              <span />
              <AsCode request={requests.operations(server)} />
            </div>
            <Table caption={m.tab_activity()} columns={columns()} rows={operations} keyOf={({ id }) => id} />
          </>
        )
      }
    </Answered>
  )
}

function columns(): readonly Column<Operation>[] {
  return [
    { key: 'kind', head: m.activity_kind(), isName: true, cell: operation => <Kind operation={operation} /> },
    { key: 'state', head: m.servers_state(), cell: ({ status }) => <StateDot state={status} /> },
    { key: 'begun', head: m.activity_begun(), cell: ({ created_at }) => <Ago at={created_at} /> },
    { key: 'took', head: m.activity_took(), isNumber: true, cell: took },
  ]
}

function Kind({ operation }: { readonly operation: Operation }) {
  const step = hasEnded(operation) ? '' : stepInWords(operation)
  const snapshot = (useSnapshots().data ?? []).find(({ id }) => id === operation.snapshot_id)
  return (
    <>
      {kindInWords(operation.kind)}
      {snapshot && (
        <div className={css['description']}>
          <bdi>{snapshot.name}</bdi>
        </div>
      )}
      {step !== '' && <div className={css['description']}>{step}</div>}
      {operation.status === 'failed' && (
        <div className={css['failure']}>
          <Failure operation={operation} />
        </div>
      )}
    </>
  )
}

/** In whole seconds, as the service tells times. */
function took({ created_at, ended_at }: Operation): string {
  if (ended_at === null) return '–'
  const seconds = (Date.parse(ended_at) - Date.parse(created_at)) / 1000
  return seconds < 1 ? m.activity_took_moment() : duration(language(), seconds)
}
