/** Which states a server can be in, what may be done in which, and what it may be called. */
export const serverStatuses = ['active', 'stopped', 'suspended', 'restoring', 'creating', 'failed'] as const
export type ServerStatus = (typeof serverStatuses)[number]

export type ServerAction = 'start' | 'stop' | 'reboot' | 'snapshot' | 'restore' | 'undo' | 'delete'

/** Action → the states it is legal in. A wrong state answers 400 with this list. A failed one has no disks. */
export const legalStates = {
  start: ['stopped', 'suspended'],
  stop: ['active', 'suspended'],
  reboot: ['active'],
  // A snapshot may queue behind a restore: it captures the state after it.
  snapshot: ['active', 'stopped', 'suspended', 'restoring'],
  restore: ['active', 'stopped', 'suspended'],
  undo: ['active', 'stopped', 'suspended'],
  // One that is being made may take long, and one that could not be made has to go as well.
  delete: ['active', 'stopped', 'suspended', 'creating', 'failed'],
} as const satisfies Record<ServerAction, readonly ServerStatus[]>

export function isLegal(action: ServerAction, status: ServerStatus): boolean {
  return (legalStates[action] as readonly ServerStatus[]).includes(status)
}

/** ASCII only, as for snapshots, and dots. Never part of a path. */
export const SERVER_NAME = '^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$'

const LABEL = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
const HOSTNAME_MAX = 253
/** RFC 1123. */
export const HOSTNAME = `^(?=.{1,${HOSTNAME_MAX}}$)${LABEL}([.]${LABEL})*$`

/** A server's name made a host name: what a host name cannot have is left out of it. */
export function hostnameFor(name: string): string {
  const labels = name.toLowerCase().replaceAll('_', '-').split('.').map(trimmed).filter(Boolean)
  while (labels.join('.').length > HOSTNAME_MAX) labels.pop()
  return labels.join('.')
}

function trimmed(label: string): string {
  return label.replace(/^-+/, '').slice(0, 63).replace(/-+$/, '')
}
