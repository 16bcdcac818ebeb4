/** What is selected in the picture, and what can be done with it. */

import type { ServerDetail } from '@restpoint/sdk/source'
import { Link } from 'wouter'
import { useReasons } from '../../../actions/reasons.ts'
import { useUndo } from '../../../actions/undo.ts'
import { useSnapshots } from '../../../data/snapshots.ts'
import { isolated } from '../../../format/isolate.ts'
import { size } from '../../../format/numbers.ts'
import { language } from '../../../language/language.ts'
import { m } from '../../../paraglide/messages.js'
import { ActionButton } from '../../../parts/action-button.tsx'
import { paths } from '../../../paths.ts'
import type { Bar, Item, Picture } from '../../../tree/picture.ts'
import { itemOf, type Point } from '../../../tree/point.ts'
import { type Facts, fateInWords, kindOf, labelOf } from '../../../tree/words.ts'
import css from './point-panel.module.css'
import { SnapshotPoint } from './snapshot-point.tsx'
import { UndoEnds } from './undo-ends.tsx'

interface PointPanelProps {
  readonly server: ServerDetail
  readonly picture: Picture
  readonly point: Point
  readonly facts: Facts
}

export function PointPanel({ server, picture, point, facts }: PointPanelProps) {
  const item = itemOf(picture, point)
  const snapshots = useSnapshots().data ?? []
  if (!item) return null
  const snapshot = point.type === 'snapshot' ? snapshots.find(({ id }) => id === point.id) : undefined
  return (
    <aside aria-labelledby="point" className={css['panel']}>
      <h2 id="point">
        <bdi>{labelOf(item, picture, facts)}</bdi>
      </h2>
      {snapshot ? (
        <SnapshotPoint key={snapshot.id} server={server} snapshot={snapshot} />
      ) : (
        <Told server={server} item={item} picture={picture} />
      )}
    </aside>
  )
}

function Told({
  server,
  item,
  picture,
}: {
  readonly server: ServerDetail
  readonly item: Item
  readonly picture: Picture
}) {
  if (item.type === 'branch') return <Branch item={item} />
  const { layer } = item
  const bars = picture.items.filter((one): one is Bar => one.type === 'layer' && one.layer.kind === layer.kind)
  switch (layer.kind) {
    case 'active':
      return (
        <>
          <p>{m.point_head()}</p>
          <p>{m.point_head_bytes({ size: bytesIn(bars) })}</p>
        </>
      )
    case 'undo':
      return <UndoPoint server={server} bars={bars} />
    case 'image':
      return (
        <>
          <p>{m.point_image()}</p>
          <p>{m.point_bytes({ size: bytesIn([item]) })}</p>
        </>
      )
    default:
      return (
        <>
          <p>{fateInWords(item, picture) || kindOf(item)()}</p>
          <p>{m.point_bytes({ size: bytesIn([item]) })}</p>
        </>
      )
  }
}

function bytesIn(bars: readonly Bar[]): string {
  return isolated(
    size(
      language(),
      bars.reduce((sum, { layer }) => sum + layer.allocated_bytes, 0),
    ),
  )
}

function UndoPoint({ server, bars }: { readonly server: ServerDetail; readonly bars: readonly Bar[] }) {
  const undo = useUndo(server)
  const { until, available } = server.undo
  const against = useReasons(server)('undo')
  return (
    <>
      <p>{m.point_undo()}</p>
      {until !== null && (
        <p>
          <UndoEnds until={until} />
        </p>
      )}
      <p>{m.point_bytes({ size: bytesIn(bars) })}</p>
      <div className={css['actions']}>
        <ActionButton
          size="sm"
          reason={against ?? (available ? undefined : m.fact_restore_none())}
          loading={undo.isPending}
          onClick={() => undo.mutate()}
        >
          {m.undo_button()}
        </ActionButton>
      </div>
    </>
  )
}

function Branch({ item }: { readonly item: Extract<Item, { type: 'branch' }> }) {
  return (
    <>
      <p>{m.point_branch()}</p>
      <ul>
        {item.servers.map(({ id, name }) => (
          <li key={id}>
            <Link href={paths.server(id)}>
              <bdi>{name}</bdi>
            </Link>
          </li>
        ))}
      </ul>
    </>
  )
}
