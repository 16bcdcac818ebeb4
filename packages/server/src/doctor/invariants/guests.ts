/** I21, I22: guests are not left frozen, and run where they are said to run. */
import { Agent } from '@restpoint/qmp/agent'
import type { Invariant } from '../finding.ts'
import type { World } from '../world.ts'

type Check = Invariant<World>['check']

/** For an agent to answer; one that is frozen does so as well. */
const AGENT_MS = 2000

/**
 * Asked only where nobody else does: while a service works, its keeper has the agents' sockets, which take one client at
 * a time, and thaws by itself. The agent says `frozen` also where a switch in the guest has thawed since; it refuses
 * further freezes until it is asked to thaw, so it is worth telling.
 */
const thawed: Check = async world => {
  const { machines, paths, isServed, isConnected } = world
  const findings: Awaited<ReturnType<Check>> = []
  if (isServed) return findings
  for (const machine of machines) {
    if (machine.kind !== 'server' || machine.process.isStopped) continue
    const { agent } = paths.machine(machine.id)
    const told = await world.tell(machine)
    if (told instanceof Error || !told.hasAgent || isConnected(agent)) continue
    if ((await statusOf(agent)) !== 'frozen') continue
    findings.push({
      level: 'damage',
      subject: `server ${machine.id}`,
      text: `The guest of server ${machine.id} is frozen, or its agent takes it for frozen: nothing it writes gets to its disks.`,
      remedy: 'Start the service, which thaws it; or --repair, which does so without one.',
      repair: { kind: 'thaw', serverId: machine.id },
    })
  }
  return findings
}

/** Undefined where the agent does not say. */
async function statusOf(socket: string): Promise<unknown> {
  const agent = await Agent.connect(socket, { timeoutMs: AGENT_MS }).catch(() => undefined)
  try {
    return await agent?.execute('guest-fsfreeze-status', undefined, { timeoutMs: AGENT_MS, maxBytes: 64 * 1024 })
  } catch {
    return undefined
  } finally {
    agent?.close()
  }
}

/** Only where a service works: without one, machines end and nobody notes it. */
const running: Check = async ({ rows, machines, isServed }) => {
  if (!isServed) return []
  const busy = new Set(rows.operations.map(({ server_id }) => server_id))
  return [...rows.servers.values()].flatMap(({ id, status, deleted_at }) => {
    if (deleted_at !== null || busy.has(id)) return []
    const machine = machines.find(one => one.kind === 'server' && one.id === id)
    const isSaidToRun = status === 'active' || status === 'suspended'
    if (isSaidToRun === (machine !== undefined)) return []
    return [
      {
        level: 'fault' as const,
        subject: `server ${id}`,
        text: machine
          ? `Server ${id} is ${status}, but a QEMU of its runs (process ${machine.process.pid}).`
          : `Server ${id} is ${status}, but no QEMU of its runs.`,
        remedy: 'The service looks at it every half minute. If this stays, restart the service: servers run on.',
      },
    ]
  })
}

export const guestInvariants: Invariant<World>[] = [
  { id: 'I21', title: 'no guest is left frozen', check: thawed },
  { id: 'I22', title: 'servers run where they are said to run', check: running },
]
