/** Quotas as they are typed: empty is as much as the host allows. Pure. */
import type { Account } from '@restpoint/sdk/source'
import { GIB } from '../../format/numbers.ts'
import { wholeNumber } from '../../forms/whole-number.ts'

export type Quota = Account['quota']
export type QuotaField = keyof Quota
export type TypedQuota = Readonly<Record<QuotaField, string>>

export const quotaFields: readonly QuotaField[] = ['servers', 'snapshots_per_server', 'bytes']

const most: Readonly<Record<QuotaField, number>> = {
  servers: 1_000_000,
  snapshots_per_server: 1000,
  bytes: Math.floor(Number.MAX_SAFE_INTEGER / GIB),
}

export const noQuota: TypedQuota = { servers: '', snapshots_per_server: '', bytes: '' }

/** Bytes are typed as GB. Whoever does not touch them changes nothing, so what is no whole GB may be told in fewer digits. */
export function typedOf({ servers, snapshots_per_server, bytes }: Quota): TypedQuota {
  return {
    servers: servers === null ? '' : String(servers),
    snapshots_per_server: snapshots_per_server === null ? '' : String(snapshots_per_server),
    bytes: bytes === null ? '' : String(Math.round((bytes / GIB) * 10) / 10),
  }
}

/** As the API takes it: null for nothing. Undefined: it is no quota. */
export function quotaOf(field: QuotaField, typed: string): number | null | undefined {
  if (typed.trim() === '') return null
  const value = wholeNumber(typed, 0, most[field])
  if (value === undefined) return undefined
  return field === 'bytes' ? value * GIB : value
}

/** What was changed, for the API; undefined: something of it is no quota. */
export function changesOf(typed: TypedQuota, before: TypedQuota): Partial<Quota> | undefined {
  const changed = quotaFields.filter(field => typed[field] !== before[field])
  const values = changed.map(field => [field, quotaOf(field, typed[field])] as const)
  if (values.some(([, value]) => value === undefined)) return undefined
  return Object.fromEntries(values) as Partial<Quota>
}
