/**
 * What one QEMU has open and what stands on what in it, read from its whole block graph by the names that we gave to
 * its nodes. The file names that `query-block` tells are no help: where a chain is given node by node QEMU makes up
 * `json:` names that hold all that lies below, and cuts them at 4096 bytes, some 30 layers.
 */
import type { Monitor } from '@restpoint/qmp/monitor'
import type { LayerId } from '../../domain/layers.ts'
import { diskOfDevice, diskOfFirmware, layerOfNode } from './command-line.ts'

/** Where a machine has UEFI's variables; a flash chip is no device that could be given an id. */
const FLASH = '/machine/system.flash1'

/** `block-backend`s are what disks plug into; `block-driver`s are nodes, filters and protocol nodes among them. */
export interface BlockGraph {
  readonly nodes: readonly { readonly id: number; readonly type: string; readonly name: string }[]
  readonly edges: readonly { readonly parent: number; readonly child: number; readonly name: string }[]
}

/** May be asked at any time; by `query-named-block-nodes` QEMU 7.2 crashes while a concluded stream is not dismissed. */
export function askGraph(monitor: Monitor, limit?: { readonly timeoutMs: number }): Promise<BlockGraph> {
  return monitor.execute<BlockGraph>('x-debug-query-block-graph', undefined, limit)
}

/** Every layer that is open, in a chain or beside it. */
export function openLayers({ nodes }: BlockGraph): Set<LayerId> {
  return new Set(nodes.flatMap(({ name }) => layerOfNode(name) ?? []))
}

/** The disk with UEFI's variables. */
export function nvramDisk({ nodes }: BlockGraph): number | undefined {
  return nodes.map(({ name }) => diskOfFirmware(name)).find(disk => disk !== undefined)
}

/** Disk → its layers from top to bottom. */
export function chainsIn(graph: BlockGraph): Map<number, LayerId[]> {
  const { nodes, edges } = graph
  const names = new Map(nodes.map(({ id, name }) => [id, name]))
  const below = (parent: number, edge: string) => edges.find(one => one.parent === parent && one.name === edge)?.child
  const nvram = nvramDisk(graph)
  const chains = new Map<number, LayerId[]>()
  for (const { id: backend, type, name } of nodes) {
    const disk = name === FLASH ? nvram : diskOfDevice(name)
    if (type !== 'block-backend' || disk === undefined) continue
    const chain: LayerId[] = []
    for (let at = below(backend, 'root'); at !== undefined; ) {
      const layer = layerOfNode(names.get(at) ?? '')
      if (layer !== undefined) chain.push(layer)
      // What is no layer is a job's filter on top of one.
      at = below(at, layer === undefined ? 'file' : 'backing')
    }
    chains.set(disk, chain)
  }
  return chains
}
