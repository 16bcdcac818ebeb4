/** I24: nothing is left over, and nothing that is referred to is missing. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Taps } from '../../drivers/qemu/taps.ts'
import type { Finding, Invariant } from '../finding.ts'
import { beingMade } from '../rows.ts'
import type { World } from '../world.ts'
import { missingFiles } from './snapshots.ts'

type Found = Omit<Finding, 'invariant'>

/** The first start makes layers without an operation, and takes a while. */
const PREPARED_GRACE_MS = 10 * 60_000
/** What `--repair` has put into the trash may be looked at for so long. */
export const TRASH_DAYS = 1

function layerFiles(world: World): Found[] {
  const { rows, files, paths, processes } = world
  const made = beingMade(rows)
  const findings: Found[] = []
  for (const { id, format } of files.layers) {
    if (rows.layers.has(id)) continue
    const file = `${id}.${format}`
    const above = files.layers.filter(({ base }) => base.kind === 'layer' && base.id === id).map(layer => layer.id)
    const isOpen = processes.some(({ open }) => open?.some(({ path }) => path.endsWith(`/guests/layers/${file}`)))
    const isOurs = id <= rows.highestLayerId
    findings.push({
      level: isOurs ? 'fault' : 'unknown',
      subject: `file ${file}`,
      text: `guests/layers/${file} belongs to no layer of the database${isOurs ? '' : ', which has never given that id: is it an older copy?'}${above.length > 0 ? `; layer ${above.join(', ')} stands on it by the header` : ''}.`,
      remedy:
        isOurs && above.length === 0 && !isOpen
          ? '--repair moves it to guests/trash.'
          : 'Left alone: find out whose it is before you move it.',
      ...(isOurs && above.length === 0 && !isOpen ? { repair: { kind: 'trash' as const, file } } : {}),
    })
  }
  for (const file of files.others) {
    const [, digits] = /^(\d+)\.(?:qcow2|raw)\.new$/.exec(file) ?? []
    const id = Number(digits)
    const row = rows.layers.get(id)
    // Of one that is made now, or again; a link in a layer's place is I4's.
    if (row?.state === 'prepared' || made.has(id) || (digits === undefined && isLayerName(world, file))) continue
    const isDraft = digits !== undefined && id <= rows.highestLayerId
    findings.push({
      level: isDraft ? 'fault' : 'unknown',
      subject: `file ${file}`,
      text: isDraft
        ? `guests/layers/${file} is a draft of layer ${id} that nobody makes any more.`
        : `guests/layers/${file} is no layer.`,
      remedy: isDraft ? '--repair moves it to guests/trash.' : 'Left alone: nothing of ours has such a name.',
      ...(isDraft ? { repair: { kind: 'trash' as const, file } } : {}),
    })
  }
  for (const { id, state, created_at } of rows.layers.values()) {
    if (state !== 'prepared' || made.has(id) || created_at > world.now - PREPARED_GRACE_MS) continue
    findings.push({
      level: 'fault',
      subject: `layer ${id}`,
      text: `Layer ${id} was prepared for something that no operation does any more.`,
      remedy: 'It takes a little space and stays. Tell us: nothing of ours leaves one.',
    })
  }
  const old = world.now - TRASH_DAYS * 24 * 3600_000
  for (const file of list(paths.trash)) {
    const id = Number(/^(\d+)\./.exec(file)?.[1] ?? Number.NaN)
    const changedAt = world.changedAt(join(paths.trash, file))
    if (rows.layers.has(id) || changedAt === undefined || changedAt > old) continue
    findings.push({
      level: 'fault',
      subject: `trash ${file}`,
      text: `guests/trash/${file} has been there for more than ${TRASH_DAYS} day and belongs to no layer.`,
      remedy: '--repair removes it.',
      repair: { kind: 'empty', file },
    })
  }
  return findings
}

function isLayerName({ rows }: World, file: string): boolean {
  const [, digits] = /^(\d+)\.(?:qcow2|raw)$/.exec(file) ?? []
  return digits !== undefined && rows.layers.has(Number(digits))
}

/** QEMUs and their folders. */
function machines(world: World): Found[] {
  const { rows, folders, isServed } = world
  const findings: Found[] = []
  const merges = new Set(rows.operations.filter(({ kind }) => kind === 'merge').map(({ id }) => id))
  const servers = new Set([...rows.servers.values()].filter(server => isStill(world, server)).map(({ id }) => id))
  const isKnown = (kind: string, id: number) => (kind === 'server' ? servers : merges).has(id)
  for (const { kind, id, process } of world.machines) {
    const isBench = kind === 'bench'
    if (isKnown(kind, id) || (isBench && !isServed)) continue // left benches are ended at the next start
    findings.push({
      level: 'fault',
      subject: `process ${process.pid}`,
      text: isBench
        ? `Process ${process.pid} is the QEMU of merge ${id}, which has ended.`
        : `Process ${process.pid} is the QEMU of server ${id}, which does not exist (any more).`,
      remedy: isBench
        ? 'Restart the service: it ends what merges have left. Servers run on.'
        : `End it when nobody needs it: kill ${process.pid}`,
    })
  }
  for (const name of folders) {
    const [, bench, digits] = /^(bench-)?(\d+)$/.exec(name) ?? []
    if (digits === undefined) {
      findings.push({
        level: 'unknown',
        subject: `folder ${name}`,
        text: `guests/machines/${name} is no folder of ours.`,
        remedy: 'Left alone: nothing of ours has such a name.',
      })
      continue
    }
    const kind = bench === undefined ? 'server' : 'bench'
    const id = Number(digits)
    if (isKnown(kind, id) || (kind === 'bench' && !isServed)) continue
    if (world.machines.some(machine => machine.kind === kind && machine.id === id)) continue
    findings.push({
      level: 'fault',
      subject: `folder ${name}`,
      text: `guests/machines/${name} belongs to ${kind === 'server' ? `server ${id}, which does not exist (any more)` : `merge ${id}, which has ended`}.`,
      remedy:
        kind === 'server'
          ? 'It can be removed when nobody wants its qemu.log.'
          : 'The next start of the service removes it.',
    })
  }
  return findings
}

/** It is in a list, or it is being removed. */
function isStill({ rows }: World, { id, deleted_at }: { id: number; deleted_at: number | null }): boolean {
  return deleted_at === null || rows.operations.some(({ server_id }) => server_id === id)
}

/** Network interfaces of machines that have gone. */
function taps({ host, stateDir, machines, rows }: World): Found[] {
  const prefix = new Taps(host as ConstructorParameters<typeof Taps>[0], stateDir).nameOf(0).slice(0, -1)
  return list('/sys/class/net').flatMap(name => {
    if (!name.startsWith(prefix)) return []
    const id = Number.parseInt(name.slice(prefix.length), 36)
    if (machines.some(machine => machine.kind === 'server' && machine.id === id)) return []
    if (rows.operations.some(({ server_id }) => server_id === id)) return []
    return [
      {
        level: 'fault' as const,
        subject: `interface ${name}`,
        text: `The network interface ${name} was made for server ${id}, which does not run.`,
        remedy: 'The next start of the service removes it.',
      },
    ]
  })
}

/** Layers that a machine has open beside its chains. A cut, a merge and a removal have one for a moment. */
async function openBeside(world: World): Promise<Found[]> {
  const { rows, machines } = world
  const findings: Found[] = []
  const made = beingMade(rows)
  for (const machine of machines) {
    const told = await world.tell(machine)
    if (machine.kind === 'bench' || told instanceof Error) continue
    const inChains = new Set([...told.chains.values()].flat())
    for (const id of told.open) {
      if (inChains.has(id) || made.has(id) || rows.layers.get(id)?.state === 'trash') continue
      if (rows.operations.some(({ kind, server_id }) => kind === 'merge' || server_id === machine.id)) continue
      findings.push({
        level: 'fault',
        subject: `layer ${id} in the machine of server ${machine.id}`,
        text: `The machine of server ${machine.id} has layer ${id} open, which is in none of its chains.`,
        remedy: 'It takes space until the server is stopped and started again, and does no other harm.',
      })
    }
  }
  return findings
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

export const leftoverInvariants: Invariant<World>[] = [
  {
    id: 'I24',
    title: 'nothing is left over, nothing is missing',
    check: async world => [
      ...missingFiles(world)
        .filter(({ ofSnapshot }) => !ofSnapshot)
        .map(({ finding }) => finding),
      ...layerFiles(world),
      ...machines(world),
      ...taps(world),
      ...(await openBeside(world)),
    ],
  },
]
