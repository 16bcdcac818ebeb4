/** What an account may use at most. */
import { TextInput } from '@mantine/core'
import type { AccountDetail } from '@restpoint/sdk/source'
import type { ReactNode } from 'react'
import { number, size } from '../../format/numbers.ts'
import { Beside, Group } from '../../forms/fields.tsx'
import { language } from '../../language/language.ts'
import { m } from '../../paraglide/messages.js'
import { type QuotaField, quotaOf, type TypedQuota } from './quota.ts'

interface QuotaFieldsProps {
  readonly typed: TypedQuota
  /** What is used already, where that is known. */
  readonly usage?: AccountDetail['usage'] | undefined
  /** What the service says of it. */
  readonly fault: ReactNode
  readonly change: (typed: TypedQuota) => void
}

export function QuotaFields({ typed, usage, fault, change }: QuotaFieldsProps) {
  const field = (name: QuotaField, label: string, used: string | undefined) => (
    <TextInput
      label={label}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      description={used}
      placeholder={m.accounts_unlimited()}
      value={typed[name]}
      error={quotaOf(name, typed[name]) === undefined ? m.accounts_quota_fault() : undefined}
      inputMode="numeric"
      dir="ltr"
      autoComplete="off"
      onChange={event => change({ ...typed, [name]: event.currentTarget.value })}
    />
  )
  const shown = language()
  return (
    <Group label={m.accounts_quota()} hint={m.accounts_quota_hint()} fault={fault}>
      <Beside>
        {field('servers', m.accounts_servers(), usage && m.accounts_used({ amount: number(shown, usage.servers) }))}
        {field('snapshots_per_server', m.accounts_snapshots(), undefined)}
        {field('bytes', m.accounts_bytes(), usage && m.accounts_used({ amount: size(shown, usage.bytes) }))}
      </Beside>
    </Group>
  )
}
