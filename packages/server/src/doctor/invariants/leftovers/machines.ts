/** What machines have left: QEMUs, their folders, their network interfaces, layers that they have open for nothing. */
import { Taps } from '../../../drivers/qemu/taps.ts'
import { namesIn } from '../../files.ts'
import type { Finding } from '../../finding.ts'
import type { SeenMachine } from '../../machines.ts'
import { beingMade } from '../../rows.ts'
import type { World } from '../../world.ts'

type Found = Omit<Finding, 'invariant'>
type Named = Pick<SeenMachine, 'kind' | 'id'>

export async function leftByMachines(world: World): Promise<Found[]> {
  return [...processes(world), ...folders(world), ...taps(world), ...(await openBeside(world))]
}

/** There is somebody who needs it, or who removes it. */
function isNeeded({ rows, isServed }: World, { kind, id }: Named): boolean {
  if (kind === 'server') {
    // It is in a list, or it is being removed.
    return rows.servers.get(id)?.deleted_at === null || rows.operations.some(({ server_id }) => server_id === id)
  }
  // Left benches are ended at the next start.
  return !isServed || rows.operations.some(operation => operation.kind === 'merge' && operation.id === id)
}

function processes(world: World): Found[] {
  return world.machines.flatMap(machine => {
    const { kind, id, process } = machine
    if (isNeeded(world, machine)) return []
    const of = {
      server: {
        text: `Process ${process.pid} is the QEMU of server ${id}, which does not exist (any more).`,
        remedy: `End it when nobody needs it: kill ${process.pid}`,
      },
      bench: {
        text: `Process ${process.pid} is the QEMU of merge ${id}, which has ended.`,
        remedy: 'Restart the service: it ends what merges have left. Servers run on.',
      },
    }
    return { level: 'fault' as const, subject: `process ${process.pid}`, ...of[kind] }
  })
}

function folders(world: World): Found[] {
  return world.folders.flatMap((name): Found | [] => {
    const subject = `folder ${name}`
    const [, bench, digits] = /^(bench-)?(\d+)$/.exec(name) ?? []
    if (digits === undefined) {
      return {
        level: 'unknown',
        subject,
        text: `guests/machines/${name} is no folder of ours.`,
        remedy: 'Left alone: nothing of ours has such a name.',
      }
    }
    const own: Named = { kind: bench === undefined ? 'server' : 'bench', id: Number(digits) }
    if (isNeeded(world, own)) return []
    if (world.machines.some(({ kind, id }) => kind === own.kind && id === own.id)) return []
    const of = {
      server: {
        text: `guests/machines/${name} belongs to server ${own.id}, which does not exist (any more).`,
        remedy: 'It can be removed when nobody wants its qemu.log.',
      },
      bench: {
        text: `guests/machines/${name} belongs to merge ${own.id}, which has ended.`,
        remedy: 'The next start of the service removes it.',
      },
    }
    return { level: 'fault', subject, ...of[own.kind] }
  })
}

/** Network interfaces of machines that have gone. */
function taps({ host, stateDir, machines, rows }: World): Found[] {
  const prefix = new Taps(host as ConstructorParameters<typeof Taps>[0], stateDir).nameOf(0).slice(0, -1)
  return namesIn('/sys/class/net').flatMap(name => {
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
