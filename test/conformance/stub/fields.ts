/** What the stub accepts in paths, queries and bodies. */
import { invalid, Problem } from './problems.ts'

export type Fields = Record<string, unknown>

export const PERMISSIONS = ['snapshots:read', 'snapshots:write', 'servers:read', 'servers:write', 'admin']

/** An id, or undefined for what cannot be one. */
export function toId(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value
  return Number.isSafeInteger(number) && (number as number) >= 1 ? (number as number) : undefined
}

export function toPage(query: URLSearchParams): { limit: number | undefined; offset: number } {
  const whole = (name: string) => {
    const values = query.getAll(name)
    if (values.length === 0) return undefined
    if (values.length > 1 || !/^\d{1,9}$/.test(values[0] ?? '')) throw invalid({ [name]: 'A whole number.' })
    return Number(values[0])
  }
  return { limit: whole('limit'), offset: whole('offset') ?? 0 }
}

/** The body as an object; own keys only, whatever they are called. */
export function toFields(bytes: Buffer): Fields {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    throw new Problem('invalid_request', 'The body is not JSON.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid({ body: 'A JSON object.' })
  }
  return Object.assign(Object.create(null), value)
}

export function toSnapshotRequest(fields: Fields): { serverId: number; name: string; description: string } {
  const errors: Record<string, string> = {}
  const serverId = toId(fields.server_id)
  if (serverId === undefined) errors.server_id = 'An integer.'
  const { name } = fields
  if (typeof name !== 'string' || !/^[A-Za-z0-9_-]{1,255}$/.test(name)) errors.name = 'Letters, digits, - and _.'
  const description = fields.description ?? ''
  if (typeof description !== 'string' || description.length > 1000) errors.description = 'At most 1,000 characters.'
  if (Object.keys(errors).length > 0) throw invalid(errors)
  return { serverId: serverId as number, name: name as string, description: description as string }
}

export function toTokenRequest(fields: Fields): { name: string; permissions: string[]; expiresAt: number | null } {
  const errors: Record<string, string> = {}
  for (const key of Object.keys(fields)) {
    if (!['name', 'permissions', 'expires_at'].includes(key)) errors[key] = 'Unknown.'
  }
  const { name, permissions, expires_at: expiry } = fields
  if (typeof name !== 'string' || name === '' || name.length > 255) errors.name = 'A name.'
  if (
    !Array.isArray(permissions) ||
    permissions.length === 0 ||
    !permissions.every(each => PERMISSIONS.includes(each))
  ) {
    errors.permissions = `Some of ${PERMISSIONS}.`
  }
  if (expiry !== undefined && expiry !== null && !isFuture(expiry)) {
    errors.expires_at = 'A time.'
  }
  if (Object.keys(errors).length > 0) throw invalid(errors)
  return {
    name: name as string,
    permissions: permissions as string[],
    expiresAt: typeof expiry === 'string' ? Date.parse(expiry) : null,
  }
}

/** A time that exists, and is yet to come. */
function isFuture(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value)) return false
  const at = Date.parse(value)
  // February 30 is parsed as March 2.
  return at > Date.now() && new Date(at).toISOString().startsWith(value.slice(0, 19))
}
