/**
 * Which layer a disk has now. A running machine says it itself. Where none runs, the record may be older than the
 * disk: a layer that no record names and that stands on the recorded active layer was put there by a cut after the
 * record was written. (If that cut never happened, the layer is empty and reads the same.) Where several do, nobody can
 * tell which is the disk and which the beginning of something else, and to guess could write into what others stand on.
 */
import type { LayerId } from '../../domain/layers.ts'
import type { ServerRecord } from '../schema.ts'
import type { FoundTree } from './tree.ts'

export interface Heads {
  /** Disk → its active layer. */
  readonly active: ReadonlyMap<number, LayerId>
  /** Where that is another one than recorded, in words. */
  readonly notes: readonly string[]
}

/** Disk → chain from top to bottom, as a running machine has it. */
export type RunningChains = ReadonlyMap<number, readonly LayerId[]>

/** A text: why the server cannot be rebuilt. */
export function findHeads(
  server: ServerRecord,
  tree: FoundTree,
  isRecorded: (id: LayerId) => boolean,
  running: RunningChains | undefined,
): Heads | string {
  const active = new Map<number, LayerId>()
  const notes: string[] = []
  for (const { disk_id, slot, layer } of server.disks) {
    const chain = running?.get(disk_id)
    const head = chain?.[0] ?? climb(layer, tree, isRecorded)
    if (typeof head === 'string') return head
    const below = tree.chain(head)
    if (typeof below === 'string') return below
    if (chain && chain.join() !== below.join()) {
      return `its QEMU has the layers ${chain.join(' → ')} open, and their files say ${below.join(' → ')}`
    }
    const others = chain ? [] : tree.childrenOf(head)
    if (others.length > 0) return `layer ${others[0]} stands on layer ${head}, which is to be its disk ${slot}`
    active.set(disk_id, head)
    if (head !== layer) notes.push(`Its disk ${slot} is layer ${head}; the record is older and says layer ${layer}.`)
  }
  return { active, notes }
}

function climb(from: LayerId, tree: FoundTree, isRecorded: (id: LayerId) => boolean): LayerId | string {
  for (let at = from; ; ) {
    const newer = tree.childrenOf(at).filter(id => !isRecorded(id))
    if (newer.length > 1) {
      return `layers ${newer.join(' and ')} both stand on layer ${at}, and nobody can tell which is its disk; say it as "layer" under "disks" in its record`
    }
    const [next] = newer
    if (next === undefined) return at
    at = next
  }
}
