/** Which snapshots are shown. Pure; what was chosen is in the address, so that it can be kept and shared. */
import type { Snapshot } from '@restpoint/sdk/source'
import { matching } from '../../palette/matching.ts'
import { readPage } from '../../parts/read-page.ts'

export const PAGE_SIZE = 25
export const statuses = ['completed', 'in_progress', 'failed'] as const
export type Status = (typeof statuses)[number]

export interface Selection {
  readonly query: string
  /** Undefined: all. */
  readonly status: Status | undefined
  readonly serverId: number | undefined
  /** From 1. */
  readonly page: number
}

export function readSelection(search: string): Selection {
  const given = new URLSearchParams(search)
  const server = given.get('server')
  return {
    query: given.get('q') ?? '',
    status: statuses.find(status => status === given.get('status')),
    serverId: server !== null && /^[1-9]\d{0,14}$/.test(server) ? Number(server) : undefined,
    page: readPage(given.get('page')),
  }
}

/** For an address; empty where there is nothing to say. */
export function writeSelection({ query, status, serverId, page }: Selection): string {
  const given = new URLSearchParams()
  if (query !== '') given.set('q', query)
  if (status !== undefined) given.set('status', status)
  if (serverId !== undefined) given.set('server', String(serverId))
  if (page > 1) given.set('page', String(page))
  const text = given.toString()
  return text === '' ? '' : `?${text}`
}

/** As they come, newest first; of what is searched for the best first. */
export function selected(snapshots: readonly Snapshot[], { query, status, serverId }: Selection): Snapshot[] {
  const there = snapshots
    .filter(snapshot => status === undefined || snapshot.status === status)
    .filter(snapshot => serverId === undefined || snapshot.server.id === serverId)
  return matching(there, query, ({ name, server, description }) => [name, server.name, description].join(' '))
}

/** Those of one page. */
export function pageOf<Thing>(things: readonly Thing[], page: number): Thing[] {
  return things.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE)
}

/** The servers that they are of, as the reader's language sorts. */
export function serversOf(
  snapshots: readonly Snapshot[],
  compare: (a: string, b: string) => number,
): readonly Snapshot['server'][] {
  const servers = new Map(snapshots.map(({ server }) => [server.id, server]))
  return [...servers.values()].toSorted((a, b) => compare(a.name, b.name) || a.id - b.id)
}
