/** One server, whose disks' layers are known: is everything below them whole, and which of its snapshots are? */
import type { LayerId } from '../../domain/layers.ts'
import type { DiskLayerRecord, ServerRecord } from '../schema.ts'
import type { Heads } from './heads.ts'
import type { PlannedServer } from './plan.ts'
import type { FoundTree } from './tree.ts'

export interface Known {
  readonly tree: FoundTree
  /** Layer → the accounts whose servers have it in a chain, as the records say. */
  readonly owners: ReadonlyMap<LayerId, ReadonlySet<number>>
  /** Layer → the server that writes to it. */
  readonly writers: ReadonlyMap<LayerId, number>
}

/** A text: why it cannot be rebuilt. */
export function planServer(
  record: ServerRecord,
  { active, notes }: Heads,
  isRunning: boolean,
  known: Known,
): { server: PlannedServer; problems: string[] } | string {
  for (const [disk, head] of active) {
    const why = whyNotRead(record, head, known, known.writers.get(head) === record.id ? head : undefined)
    if (why) return `disk ${disk}: ${why}`
  }
  const problems: string[] = []
  const isWhole = (what: string, disks: readonly DiskLayerRecord[]): boolean => {
    const lost = disks.find(({ disk_id }) => !active.has(disk_id))
    const why = lost
      ? `disk ${lost.disk_id} is not there`
      : disks.map(({ layer }) => whyNotRead(record, layer, known)).find(Boolean)
    if (why) problems.push(`${what} of server ${record.id} (${record.name}): ${why}.`)
    return !why
  }
  const snapshots = record.snapshots.filter(({ id, name, disks }) => isWhole(`Snapshot ${id} (${name})`, disks))
  const point = record.undo_point
  const undo = point && isWhole('The undo point', point.disks) ? point : null
  return { server: { record, isRunning, active, snapshots, undo, notes }, problems }
}

/**
 * Why this layer cannot be what it is named for. What the headers say is believed, but not that somebody may read what is
 * another account's; and what is read through a layer must not change. `own`: the layer that the server itself writes to.
 */
function whyNotRead(
  record: ServerRecord,
  top: LayerId,
  { tree, owners, writers }: Known,
  own?: LayerId,
): string | undefined {
  const chain = tree.chain(top)
  if (typeof chain === 'string') return chain
  const foreign = chain.find(id => owners.has(id) && !owners.get(id)?.has(record.account.id))
  if (foreign !== undefined) return `layer ${foreign} belongs to another account`
  const written = chain.find(id => id !== own && writers.has(id))
  return written === undefined ? undefined : `layer ${written} is written to by server ${writers.get(written)}`
}
