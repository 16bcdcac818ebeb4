/** A plan, told in plain words. */
import type { Plan, PlannedServer } from './plan.ts'

/** What will be there again. */
export function tell(plan: Plan): string[] {
  return [
    ...plan.accounts.map(({ id, email }) => `Account ${id}: ${email}.`),
    ...plan.images.map(({ id, name, layer }) => `Image ${id}: ${name}${layer ? `, layer ${layer.id}` : ''}.`),
    ...plan.servers.flatMap(tellServer),
  ]
}

function tellServer({ record, isRunning, active, snapshots, undo, notes }: PlannedServer): string[] {
  const disks = record.disks.map(({ disk_id, slot }) => `disk ${slot} is layer ${active.get(disk_id)}`)
  const names = snapshots.map(({ id, name }) => `${id} (${name})`)
  return [
    `Server ${record.id}: ${[`${record.name}${isRunning ? ', which runs' : ''}`, ...disks].join(', ')}.`,
    ...notes.map(note => `  ${note}`),
    ...(names.length > 0 ? [`  Snapshots: ${names.join(', ')}.`] : []),
    ...(undo ? [`  Its last restore can be undone until ${undo.expires_at}.`] : []),
  ]
}

/** What will not be there, and why. */
export function tellLeftOut(plan: Plan): string[] {
  return plan.problems.map(problem => `Left out. ${problem}`)
}

/** Layers whose owner nobody knows: they stay, and what they stand on stays with them. */
export function tellKept(plan: Plan): string[] {
  return plan.layers
    .filter(({ state }) => state === 'kept')
    .map(({ id, parentId, allocatedBytes }) => {
      const on = parentId === null ? '' : `, which stands on layer ${parentId}`
      return `Kept. Layer ${id} (${Math.ceil(allocatedBytes / 1024 / 1024)} MiB)${on}: nothing that was rebuilt needs it.`
    })
}
