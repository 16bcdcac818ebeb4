/** I3, I4, I5: what stands on what, and who writes to it. */
import { basename, join, resolve } from 'node:path'
import { chainsAgree, type LayerId, MAX_CHAIN_DEPTH } from '../../domain/layers.ts'
import type { FoundLayer } from '../../drivers/qemu/survey.ts'
import type { Invariant } from '../finding.ts'
import { machineNameOf, type SeenProcess } from '../processes.ts'
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

/** The layer that a header names below; `elsewhere` for what is no layer of ours, or cannot be read. */
function standsOn({ rows }: World, { base }: FoundLayer): LayerId | null | 'elsewhere' {
  if (base.kind === 'none') return null
  if (base.kind === 'layer') return base.id
  if (base.kind === 'unreadable') return 'elsewhere'
  const linked = [...rows.layers.values()].find(({ file }) => file !== null && resolve(file) === base.path)
  return linked?.id ?? 'elsewhere'
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

/** Circles, ways out of the folder, chains that are too deep. */
const shape: Check = async world => {
  const { rows, files, paths } = world
  const findings: Awaited<ReturnType<Check>> = []
  const found = new Map(files.layers.map(layer => [layer.id, layer]))
  for (const layer of files.layers) {
    const { id, base } = layer
    const row = rows.layers.get(id)
    if (!row || row.state === 'prepared' || row.state === 'trash') continue
    if (base.kind === 'file' && standsOn(world, layer) === 'elsewhere') {
      findings.push({
        level: 'damage',
        subject: `layer ${id}`,
        text: `The header of layer ${id} names ${JSON.stringify(base.path)} below it, which is no layer and no image of this host. ${whoReads(world, id)}`,
        remedy: 'Start nothing that reads it: a guest that broke out of QEMU could have written that name.',
      })
    } else if (base.kind === 'unreadable') {
      findings.push({
        level: 'damage',
        subject: `layer ${id}`,
        text: `The header of layer ${id} cannot be read: ${base.why}. ${whoReads(world, id)}`,
        remedy: `Put ${paths.layer(row)} back from a copy.`,
      })
    } else if (isCircular(found, id)) {
      findings.push({
        level: 'damage',
        subject: `layer ${id}`,
        text: `By the headers, layer ${id} stands on itself. ${whoReads(world, id)}`,
        remedy: 'Start nothing that reads it. The database still knows what it stood on.',
      })
    }
  }
  for (const row of rows.layers.values()) {
    const chain = chainOf(rows, row.id)
    const bottom = rows.layers.get(chain.at(-1) as LayerId)
    if (bottom?.parent_id != null) {
      const isCircle = chain.includes(bottom.parent_id)
      findings.push({
        level: 'damage',
        subject: `the row of layer ${row.id}`,
        text: isCircle
          ? `In the database, layer ${row.id} stands on itself.`
          : `In the database, layer ${bottom.parent_id} is missing below layer ${row.id}.`,
        remedy: 'Stop the service and make the database anew from the records: npm run rebuild -- --dry-run',
      })
    }
    if (chain.length > MAX_CHAIN_DEPTH) {
      findings.push({
        level: 'fault',
        subject: `the depth of layer ${row.id}`,
        text: `${chain.length} layers lie on top of each other below layer ${row.id}; the limit is ${MAX_CHAIN_DEPTH}.`,
        remedy: 'Delete snapshots of its server: what is in between is merged then.',
      })
    }
    if (row.file !== null && row.is_image !== 1) {
      findings.push({
        level: 'damage',
        subject: `the place of layer ${row.id}`,
        text: `Layer ${row.id} is written to and lies outside of the state folder, in ${row.file}.`,
        remedy: 'Only images may be used in place. Nothing of ours makes such a row: restore the database.',
      })
    }
  }
  for (const name of files.others) {
    const [, id] = /^(\d+)\.(qcow2|raw)$/.exec(name) ?? []
    if (id === undefined || !rows.layers.has(Number(id))) continue
    findings.push({
      level: 'damage',
      subject: `layer ${id}`,
      text: `guests/layers/${name} is not a plain file. ${whoReads(world, Number(id))}`,
      remedy: 'Start nothing that reads it: a link there leads out of the folder.',
    })
  }
  return findings
}

function isCircular(found: ReadonlyMap<LayerId, FoundLayer>, top: LayerId): boolean {
  const seen = new Set<LayerId>()
  for (let at: LayerId | undefined = top; at !== undefined; ) {
    if (seen.has(at)) return true
    seen.add(at)
    const base: FoundLayer['base'] | undefined = found.get(at)?.base
    at = base?.kind === 'layer' ? base.id : undefined
  }
  return false
}

/** Open files, not QEMU's locks: those are the truth for QEMU only, and say nothing of others. */
const writers: Check = async ({ processes, machines, service, paths, realDir, rows }) => {
  const findings: Awaited<ReturnType<Check>> = []
  const ours = new Set(machines.map(({ process }) => process.pid))
  const isService = ({ pid, parent }: SeenProcess) =>
    service !== undefined && (pid === service.pid || parent === service.pid)
  for (const row of rows.layers.values()) {
    const path = row.file ?? join(realDir, 'guests/layers', basename(paths.layer(row)))
    const openers = processes.filter(({ open }) => open?.some(file => file.path === path))
    const writing = openers.filter(({ open }) => open?.some(file => file.path === path && file.writes))
    const others = openers.filter(one => ours.has(one.pid) && !writing.includes(one))
    const strangers = writing.filter(one => !ours.has(one.pid) && !isService(one))
    if (writing.length < 2 && strangers.length === 0 && (writing.length === 0 || others.length === 0)) continue
    const names = (list: readonly SeenProcess[]) => list.map(({ pid, args }) => `${pid} (${args[0] ?? '?'})`).join(', ')
    findings.push({
      level: 'damage',
      subject: `layer ${row.id}`,
      text: `The file of layer ${row.id} is open for writing in process ${names(writing)}${others.length > 0 ? ` and read by process ${names(others)}` : ''}.`,
      remedy: 'Only one QEMU of this host may write to a layer. End the one that is not; which is, `ps` says.',
    })
  }
  for (const { process } of machines) {
    if (process.open !== null) continue
    findings.push({
      level: 'unknown',
      subject: `process ${process.pid}`,
      text: `What process ${process.pid} (${machineNameOf(process)}) has open cannot be seen.`,
      remedy: 'Run the doctor as root.',
    })
  }
  return findings
}

/** For whom it matters. */
export function whoReads({ rows }: Pick<World, 'rows'>, layer: LayerId): string {
  const reads = (top: LayerId) => chainOf(rows, top).includes(layer)
  const servers = new Set(rows.disks.filter(disk => reads(disk.active_layer_id)).map(disk => disk.server_id))
  const snapshots = new Set(rows.snapshotLayers.filter(row => reads(row.layer_id)).map(row => row.snapshot_id))
  const undo = rows.undoLayers.some(row => reads(row.layer_id))
  const who = [
    ...[...servers].map(id => `server ${id}`),
    ...[...snapshots].map(id => `snapshot ${id}`),
    ...(undo ? ['what a restore can be undone to'] : []),
  ]
  return who.length === 0 ? 'Nobody reads it.' : `It is read by ${who.join(', ')}.`
}

function layerOr(id: LayerId | null): string {
  return id === null ? 'nothing' : `layer ${id}`
}

export const chainInvariants: Invariant<World>[] = [
  {
    id: 'I3',
    title: 'chains agree in the database, in QEMU and in the headers',
    check: async world => [...(await headers(world)), ...(await graphs(world)), ...(await qemuImg(world))],
  },
  { id: 'I4', title: 'chains are without circles, inside the folder, not too deep', check: shape },
  { id: 'I5', title: 'one writer a layer', check: writers },
]
