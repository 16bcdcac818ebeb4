/** I5: one writer a layer. */
import type { Invariant } from '../finding.ts'
import { openersOf } from '../openers.ts'
import { machineNameOf, type SeenProcess } from '../processes.ts'
import type { World } from '../world.ts'

type Check = Invariant<World>['check']

const writers: Check = async world => {
  const { machines, service, rows } = world
  const findings: Awaited<ReturnType<Check>> = []
  const ours = new Set(machines.map(({ process }) => process.pid))
  const isService = ({ pid, parent }: SeenProcess) =>
    service !== undefined && (pid === service.pid || parent === service.pid)
  for (const row of rows.layers.values()) {
    const { writing, reading } = openersOf(world, row)
    const others = reading.filter(one => ours.has(one.pid))
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

export const writerInvariants: Invariant<World>[] = [{ id: 'I5', title: 'one writer a layer', check: writers }]
