import type { AccountDetail } from '@restpoint/sdk/source'
import { type Field, fields } from '../terminal/table.ts'
import { size, when } from '../terminal/units.ts'

export function accountLines({ usage, quota, ...account }: AccountDetail): string[] {
  const of = (used: string | number | null, most: string | number | null): string =>
    most === null ? `${used}` : `${used} of ${most}`
  return fields([
    ['Account', `${account.email} (${account.id})`],
    ...nameFields(account),
    ['Servers', of(usage.servers, quota.servers)],
    ['Snapshots', usage.snapshots],
    ['A server', quota.snapshots_per_server === null ? null : `${quota.snapshots_per_server} snapshots at most`],
    ['Space', of(size(usage.bytes), size(quota.bytes))],
    ['Made', when(account.created_at)],
  ])
}

export function nameFields(names: { first_name: string; last_name: string; company_name: string }): Field[] {
  return [
    ['Name', `${names.first_name} ${names.last_name}`.trim()],
    ['Company', names.company_name],
  ]
}
