/** What can be done with a server in which state: the same table as the service's own, which refuses the rest. */
import type { Server } from '@restpoint/sdk/source'

type Status = Server['status']
export type ServerAction = 'snapshot' | 'restore' | 'undo' | 'clone' | 'delete'

export const legalStates = {
  // One may queue behind a restore: it captures the state after it.
  snapshot: ['active', 'stopped', 'suspended', 'restoring'],
  restore: ['active', 'stopped', 'suspended'],
  undo: ['active', 'stopped', 'suspended'],
  // A server lends its plan, and a snapshot the disks: its state does not matter.
  clone: ['active', 'stopped', 'suspended', 'restoring', 'creating', 'failed'],
  delete: ['active', 'stopped', 'suspended', 'creating', 'failed'],
} as const satisfies Readonly<Record<ServerAction, readonly Status[]>>

export function isLegal(action: ServerAction, status: Status): boolean {
  return (legalStates[action] as readonly Status[]).includes(status)
}
