/** I3: chains agree in the database, in QEMU and in the headers. */
import { resolve } from 'node:path'
import { chainsAgree, type LayerId } from '../../domain/layers.ts'
import type { Invariant } from '../finding.ts'
import { isCircular, standsOn } from '../headers.ts'
import { machineNameOf } from '../processes.ts'
import { whoReads } from '../readers.ts'
import { beingMade, chainOf, mergesOf } from '../rows.ts'
import type { World } from '../world.ts'

type Check = Invariant<World>['check']

/** Header by header, each against its row: a chain of a thousand servers is looked at once. */
const headers: Check = async world => {
  const { rows, files } = world
  const merges = mergesOf(rows)
  return files.layers.flatMap(found => {
    const row = rows.layers.get(found.id)
    // What is not in the tree yet, or not any more, is not read through.
    if (!row || row.state === 'prepared' || row.state === 'trash' || row.file !== null) return []
    const below = standsOn(world, found)
    if (below === 'elsewhere') return [] // I4's
    const merge = merges.find(({ child }) => child === found.id)
    if (below === row.parent_id || (merge && (below === merge.base || below === merge.garbage))) return []
    return [
      {
        level: 'damage' as const,
        subject: `layer ${found.id}`,
        text: `The header of layer ${found.id} says that it stands on ${layerOr(below)}; the database says on ${layerOr(row.parent_id)}. ${whoReads(world, found.id)}`,
        remedy:
          'Start nothing that reads it, and keep all files. Look which of the two was last changed by hand: a merge of ours never leaves this.',
      },
    ]
  })
}

function layerOr(id: LayerId | null): string {
  return id === null ? 'nothing' : `layer ${id}`
}

/** The same question to QEMU's own tool, which reads the headers itself. Only where ours has found no way out. */
const qemuImg: Check = async world => {
  const { rows, paths, host } = world
  const away = new Set(mergesOf(rows).map(({ garbage }) => garbage))
  const findings = []
  for (const { server_id, slot, active_layer_id: head } of rows.disks) {
    const chain = chainOf(rows, head)
    const top = rows.layers.get(head)
    if (!top || top.state === 'prepared' || !isSound(world, chain)) continue
    const subject = `the files of server ${server_id}, disk ${slot}`
    const args = ['info', '-U', '-f', top.format, '--backing-chain', '--output=json', paths.layer(top)]
    try {
      const images = JSON.parse(await host.run('qemu-img', args, paths.layers)) as { filename: string }[]
      const actual = images.map(({ filename }) => layerAt(world, filename))
      if (actual.every(id => id !== undefined) && chainsAgree(chain, actual, away)) continue
      findings.push({
        level: 'damage' as const,
        subject,
        text: `qemu-img reads the chain ${actual.map(id => id ?? '?').join(' → ')} for disk ${slot} of server ${server_id}; the database says ${chain.join(' → ')}.`,
        remedy: 'Take no snapshot of it and keep all files until it is clear which is right.',
      })
    } catch (error) {
      findings.push({
        level: 'unknown' as const,
        subject,
        text: `qemu-img cannot read the chain of disk ${slot} of server ${server_id}: ${(error as Error).message}.`,
        remedy: 'Mend what it names, then look again.',
      })
    }
  }
  return findings
}

/** Nothing is missing and nothing leads out: otherwise no tool is to open it, and other findings say so. */
function isSound(world: World, chain: readonly LayerId[]): boolean {
  const { rows, files, paths } = world
  const found = new Map(files.layers.map(layer => [layer.id, layer]))
  return chain.every(id => {
    const row = rows.layers.get(id)
    if (!row || row.state === 'trash') return false
    if (row.file !== null) return world.changedAt(paths.layer(row)) !== undefined
    const layer = found.get(id)
    return layer !== undefined && standsOn(world, layer) !== 'elsewhere' && !isCircular(found, id)
  })
}

function layerAt({ rows, paths }: World, filename: string): LayerId | undefined {
  const path = resolve(paths.layers, filename)
  return [...rows.layers.values()].find(row => paths.layer(row) === path)?.id
}

/** What the machines have open. */
const graphs: Check = async world => {
  const { rows, machines } = world
  const away = new Set(mergesOf(rows).map(({ garbage }) => garbage))
  const made = beingMade(rows)
  const findings = []
  for (const machine of machines) {
    const told = await world.tell(machine)
    const who = machineNameOf(machine.process)
    if (told instanceof Error) {
      findings.push({
        level: 'unknown' as const,
        subject: `the QEMU ${who}`,
        text: `The QEMU ${who} (process ${machine.process.pid}) does not answer on its second monitor: ${told.message}.`,
        remedy: machine.process.isStopped
          ? `Let it go on: kill -CONT ${machine.process.pid}`
          : 'Somebody else may be connected to doctor.sock. If nobody is, QEMU hangs: its disk may, too.',
      })
      continue
    }
    if (machine.kind === 'bench') continue
    for (const { id, slot, active_layer_id } of rows.disks.filter(disk => disk.server_id === machine.id)) {
      const expected = chainOf(rows, active_layer_id).filter(layer => !made.has(layer))
      const actual = (told.chains.get(id) ?? []).filter(layer => !made.has(layer))
      if (chainsAgree(expected, actual, away)) continue
      findings.push({
        level: 'damage' as const,
        subject: `the machine of server ${machine.id}, disk ${slot}`,
        text: `The running machine of server ${machine.id} has the chain ${actual.join(' → ') || 'of nothing'} on disk ${slot}; the database says ${expected.join(' → ')}.`,
        remedy: `Do not end it, and delete nothing: what it writes now is in layer ${actual[0] ?? '?'}. Take a copy of that file's chain first.`,
      })
    }
  }
  return findings
}

export const chainInvariants: Invariant<World>[] = [
  {
    id: 'I3',
    title: 'chains agree in the database, in QEMU and in the headers',
    check: async world => [...(await headers(world)), ...(await graphs(world)), ...(await qemuImg(world))],
  },
]
