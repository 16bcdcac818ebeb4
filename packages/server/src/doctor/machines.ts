/**
 * What each QEMU of a state folder says of itself, over the second monitor that it has for this. Only questions that
 * change nothing and harm no guest: jobs are not dismissed, because their end is for the service to read.
 */
import { Monitor } from '@restpoint/qmp/monitor'
import type { LayerId } from '../domain/layers.ts'
import { isAgentConnected } from '../drivers/qemu/agent-port.ts'
import { askGraph, chainsIn, openLayers } from '../drivers/qemu/block-graph.ts'
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
    const graph = await askGraph(monitor, limit)
    return {
      chains: chainsIn(graph),
      open: openLayers(graph),
      hasAgent: await isAgentConnected(monitor, limit),
    }
  } finally {
    monitor.close()
  }
}
