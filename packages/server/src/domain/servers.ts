/** Which states a server can be in, and what may be done in which. */
export const serverStatuses = ['active', 'stopped', 'suspended', 'restoring', 'creating', 'failed'] as const
export type ServerStatus = (typeof serverStatuses)[number]

export type ServerAction = 'start' | 'stop' | 'reboot' | 'snapshot' | 'restore' | 'undo' | 'delete'

/** Action → the states it is legal in. A wrong state answers 400 with this list. */
export const legalStates = {
  start: ['stopped', 'failed', 'suspended'],
  stop: ['active', 'suspended', 'failed'],
  reboot: ['active'],
  // A snapshot may queue behind a restore: it captures the state after it.
  snapshot: ['active', 'stopped', 'suspended', 'restoring'],
  restore: ['active', 'stopped', 'suspended', 'failed'],
  undo: ['active', 'stopped', 'suspended', 'failed'],
  // One that could not be made has to go as well.
  delete: ['active', 'stopped', 'suspended', 'failed'],
} as const satisfies Record<ServerAction, readonly ServerStatus[]>

export function isLegal(action: ServerAction, status: ServerStatus): boolean {
  return (legalStates[action] as readonly ServerStatus[]).includes(status)
}
