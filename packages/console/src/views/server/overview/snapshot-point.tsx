/** A snapshot's receipt in plain words, and what can be done with it. */
import type { ServerDetail, Snapshot, SnapshotDetail } from '@restpoint/sdk/source'
import { useOperation } from '../../../data/operations.ts'
import { useSnapshot } from '../../../data/snapshots.ts'
import { Failure } from '../../../operations/failure.tsx'
import { m } from '../../../paraglide/messages.js'
import { Facts } from '../../../parts/facts.tsx'
import { Size } from '../../../parts/size.tsx'
import { StateDot } from '../../../parts/state-dot.tsx'
import { Answered, Loading } from '../../../parts/states.tsx'
import { Ago, Exact } from '../../../parts/time.tsx'
import { receiptInWords } from '../../../snapshots/receipt.ts'
import { SnapshotActions } from '../../../snapshots/snapshot-actions.tsx'
import css from './point-panel.module.css'

interface SnapshotPointProps {
  readonly server: ServerDetail
  readonly snapshot: Snapshot
}

export function SnapshotPoint({ server, snapshot }: SnapshotPointProps) {
  const detail = useSnapshot(snapshot.id)
  return (
    <>
      {snapshot.description !== '' && (
        <p className={css['description']} dir="auto">
          {snapshot.description}
        </p>
      )}
      {snapshot.status !== 'completed' && (
        <p>
          <StateDot state={snapshot.status} />
        </p>
      )}
      <Answered query={detail} loading={<Loading rows={2} />}>
        {answered => <Told detail={answered} />}
      </Answered>
      <div className={css['actions']}>
        <SnapshotActions server={server} snapshot={snapshot} />
      </div>
    </>
  )
}

function Told({ detail }: { readonly detail: SnapshotDetail }) {
  const { receipt, bytes, status, operation_id, created_at } = detail
  return (
    <>
      {status === 'failed' && operation_id !== null && <Reason operationId={operation_id} />}
      {receipt && receiptInWords(receipt).map(sentence => <p key={sentence}>{sentence}</p>)}
      <Facts
        facts={[
          [m.snapshots_taken(), <Ago key="taken" at={created_at} />],
          [m.receipt_shows(), receipt && <Exact key="shows" at={receipt.cut_at} />],
          [m.receipt_own(), bytes && <Size key="own" bytes={bytes.exclusive} />],
          [m.receipt_shared(), bytes && <Size key="shared" bytes={bytes.shared} />],
          [
            m.receipt_driver(),
            receipt && (
              <bdi key="driver" dir="ltr">
                {receipt.driver_version}
              </bdi>
            ),
          ],
        ]}
      />
    </>
  )
}

/** Why it failed. */
function Reason({ operationId }: { readonly operationId: number }) {
  const operation = useOperation(operationId).data
  return operation && <Failure operation={operation} />
}
