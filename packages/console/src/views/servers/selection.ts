/** Which servers are shown, in which order. Pure; what was chosen is in the address, so that it can be kept and shared. */
import type { Server } from '@restpoint/sdk/source'
import { matching } from '../../palette/matching.ts'

export const statuses = ['active', 'stopped', 'suspended', 'restoring', 'creating', 'failed'] as const
export type Status = (typeof statuses)[number]

export interface Selection {
  readonly query: string
  /** Undefined: all. */
  readonly status: Status | undefined
}

export function readSelection(search: string): Selection {
  const given = new URLSearchParams(search)
  return {
    query: given.get('q') ?? '',
    status: statuses.find(status => status === given.get('status')),
  }
}

/** For an address; empty where there is nothing to say. */
export function writeSelection({ query, status }: Selection): string {
  const given = new URLSearchParams()
  if (query !== '') given.set('q', query)
  if (status !== undefined) given.set('status', status)
  const text = given.toString()
  return text === '' ? '' : `?${text}`
}

/** By name, as the reader's language sorts; of what is searched for the best first. */
export function selected(
  servers: readonly Server[],
  { query, status }: Selection,
  compare: (a: string, b: string) => number,
): Server[] {
  const there = servers
    .filter(server => status === undefined || server.status === status)
    .toSorted((a, b) => compare(a.name, b.name) || a.id - b.id)
  return matching(there, query, ({ name, hostname, ip_address, location, os }) =>
    [name, hostname, ip_address, location, os.name].join(' '),
  )
}
