/** Which operations are listed, and which one is looked at. Pure; it is in the address, so that it can be kept and shared. */
import { readPage } from '../../parts/read-page.ts'

export const PAGE_SIZE = 25
export const statuses = ['running', 'waiting', 'queued', 'completed', 'failed', 'cancelled'] as const
export type Status = (typeof statuses)[number]

export interface Selection {
  /** Undefined: all. */
  readonly status: Status | undefined
  readonly serverId: number | undefined
  /** From 1. */
  readonly page: number
  /** The one that is looked at. */
  readonly operationId: number | undefined
}

export function readSelection(search: string): Selection {
  const given = new URLSearchParams(search)
  return {
    status: statuses.find(status => status === given.get('status')),
    serverId: readId(given.get('server')),
    page: readPage(given.get('page')),
    operationId: readId(given.get('operation')),
  }
}

/** For an address; empty where there is nothing to say. */
export function writeSelection({ status, serverId, page, operationId }: Selection): string {
  const given = new URLSearchParams()
  if (status !== undefined) given.set('status', status)
  if (serverId !== undefined) given.set('server', String(serverId))
  if (page > 1) given.set('page', String(page))
  if (operationId !== undefined) given.set('operation', String(operationId))
  const text = given.toString()
  return text === '' ? '' : `?${text}`
}

function readId(given: string | null): number | undefined {
  return given !== null && /^[1-9]\d{0,14}$/.test(given) ? Number(given) : undefined
}
