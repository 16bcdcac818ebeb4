/** One operation. A failed one opens on its cause and remedy. */
import { Modal } from '@mantine/core'
import type { Operation } from '@restpoint/sdk/source'
import { Link } from 'wouter'
import { useOperation } from '../../data/operations.ts'
import { number } from '../../format/numbers.ts'
import { language } from '../../language/language.ts'
import { hasEnded } from '../../operations/ended.ts'
import { Failure } from '../../operations/failure.tsx'
import { ProgressBar } from '../../operations/progress-bar.tsx'
import { kindInWords } from '../../operations/words.ts'
import { m } from '../../paraglide/messages.js'
import { AsCode } from '../../parts/as-code.tsx'
import { Code } from '../../parts/code.tsx'
import { Facts } from '../../parts/facts.tsx'
import { StateDot } from '../../parts/state-dot.tsx'
import { Answered } from '../../parts/states.tsx'
import { Ago, Exact } from '../../parts/time.tsx'
import { paths } from '../../paths.ts'
import css from './operations.module.css'
import { showRequest } from './requests.ts'
import { Took } from './took.tsx'

export function OperationDialog({ id, close }: { readonly id: number; readonly close: () => void }) {
  const query = useOperation(id)
  const which = m.history_number({ id: String(id) })
  return (
    <Modal
      opened
      onClose={close}
      size="lg"
      title={query.data ? `${kindInWords(query.data.kind)} · ${which}` : which}
      closeButtonProps={{ 'aria-label': m.close() }}
    >
      <Answered query={query}>{operation => <Detail operation={operation} />}</Answered>
    </Modal>
  )
}

function Detail({ operation }: { readonly operation: Operation }) {
  const { id, status, server, snapshot_id, image_id, created_at, started_at, ended_at, attempts } = operation
  return (
    <div className={css['detail']}>
      {status === 'failed' && <Failure operation={operation} />}
      {!hasEnded(operation) && <ProgressBar operation={operation} />}
      <Facts
        facts={[
          [m.history_state(), <StateDot key="state" state={status} />],
          [
            m.history_server(),
            server && (
              <Link key="server" href={paths.server(server.id)}>
                <bdi>{server.name}</bdi>
              </Link>
            ),
          ],
          [m.history_snapshot(), snapshot_id && <Code key="snapshot">{snapshot_id}</Code>],
          [m.history_image(), image_id && <Code key="image">{image_id}</Code>],
          [m.history_asked(), <Ago key="asked" at={created_at} />],
          [m.history_started(), started_at && <Exact key="started" at={started_at} />],
          [m.history_ended(), ended_at && <Exact key="ended" at={ended_at} />],
          [m.history_took(), ended_at && <Took key="took" operation={operation} />],
          [m.history_attempts(), attempts > 1 ? number(language(), attempts) : null],
        ]}
      />
      <div>
        <AsCode request={showRequest(id)} />
      </div>
    </div>
  )
}
