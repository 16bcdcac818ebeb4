/**
 * What each QEMU of a state folder says of itself, over the second monitor that it has for this. Only questions that
 * change nothing and harm no guest: jobs are not dismissed, because their end is for the service to read, and the graph
 * is asked for by the one command that QEMU 7.2 survives while a concluded stream is not dismissed.
 */
import { Monitor } from '@restpoint/qmp/monitor'
import type { LayerId } from '../domain/layers.ts'
import { diskOfFirmware, layerOfNode } from '../drivers/qemu/command-line.ts'
import type { GuestPaths } from '../drivers/qemu/paths.ts'
import { machineNameOf, type SeenProcess } from './processes.ts'

export interface SeenMachine {
  readonly kind: 'server' | 'bench'
  /** Of the server; of the operation that merges. */
  readonly id: number
  readonly process: SeenProcess
}

export interface Told {
  /** Disk → its layers from top to bottom. */
  readonly chains: ReadonlyMap<number, readonly LayerId[]>
  /** Every layer that it has open, in a chain or beside it. */
  readonly open: ReadonlySet<LayerId>
  /** Whether a program in the guest has the agent's port open. */
  readonly hasAgent: boolean
}

interface Graph {
  readonly nodes: readonly { readonly id: number; readonly type: string; readonly name: string }[]
  readonly edges: readonly { readonly parent: number; readonly child: number; readonly name: string }[]
}

const LIMIT_MS = 3000

/** Those of this folder, by their command lines: also ones that have lost their folder. */
export function machinesAmong(processes: readonly SeenProcess[]): SeenMachine[] {
  return processes.flatMap(process => {
    const [, bench, id] = /^restpoint-(bench-)?(\d+)$/.exec(machineNameOf(process) ?? '') ?? []
    return id === undefined ? [] : [{ kind: bench === undefined ? 'server' : 'bench', id: Number(id), process }]
  })
}

/** @throws Error where it does not answer. */
export async function ask(paths: GuestPaths, { kind, id, process }: SeenMachine): Promise<Told> {
  if (process.isStopped) throw new Error('it was stopped by a signal')
  const own = kind === 'server' ? paths.machine(id) : paths.bench(id)
  const monitor = await Monitor.connect(own.doctor, { timeoutMs: LIMIT_MS })
  try {
    const limit = { timeoutMs: LIMIT_MS }
    const graph = await monitor.execute<Graph>('x-debug-query-block-graph', undefined, limit)
    const ports = await monitor.execute<{ label: string; 'frontend-open': boolean }[]>(
      'query-chardev',
      undefined,
      limit,
    )
    return {
      chains: chainsIn(graph),
      open: new Set(graph.nodes.flatMap(({ name }) => layerOfNode(name) ?? [])),
      hasAgent: ports.some(port => port.label === 'agent' && port['frontend-open']),
    }
  } finally {
    monitor.close()
  }
}

function chainsIn({ nodes, edges }: Graph): Map<number, LayerId[]> {
  const names = new Map(nodes.map(({ id, name }) => [id, name]))
  const child = (parent: number, edge: string) => edges.find(one => one.parent === parent && one.name === edge)?.child
  // A flash chip is no device that bears an id: the firmware's node beside it tells whose variables it holds.
  const nvram = nodes.map(({ name }) => diskOfFirmware(name)).find(found => found !== undefined)
  const chains = new Map<number, LayerId[]>()
  for (const { id: backend, type, name } of nodes) {
    const device = name === '/machine/system.flash1' ? nvram : /\/peripheral\/(disk\d+)\//.exec(name)?.[1]
    if (type !== 'block-backend' || device === undefined) continue
    const chain: LayerId[] = []
    for (let at = child(backend, 'root'); at !== undefined; ) {
      const layer = layerOfNode(names.get(at) ?? '')
      if (layer !== undefined) chain.push(layer)
      // What is no layer is a job's filter on top of one.
      at = child(at, layer === undefined ? 'file' : 'backing')
    }
    chains.set(Number(device.slice('disk'.length)), chain)
  }
  return chains
}
