/** Which permissions a new token gets. Those that the reader's own lacks cannot be given. */
import { Checkbox } from '@mantine/core'
import type { ReactNode } from 'react'
import { type Permission, useMay } from '../../data/me.ts'
import { Group } from '../../forms/fields.tsx'
import { m } from '../../paraglide/messages.js'
import { permissionInWords, permissions } from './permissions.ts'

interface PermissionChoiceProps {
  readonly label: string
  readonly chosen: readonly Permission[]
  readonly fault?: ReactNode
  readonly change: (chosen: Permission[]) => void
}

export function PermissionChoice({ label, chosen, fault, change }: PermissionChoiceProps) {
  const may = useMay()
  const toggle = (permission: Permission) =>
    change(permissions.filter(one => (one === permission ? !chosen.includes(one) : chosen.includes(one))))
  return (
    <Group label={label} fault={fault}>
      {permissions.map((permission, index) => {
        const isLacking = may(permission) === false
        return (
          <Checkbox
            key={permission}
            label={
              <bdi dir="ltr">
                <code>{permission}</code>
              </bdi>
            }
            description={isLacking ? m.tokens_own_lacks() : permissionInWords(permission)}
            checked={chosen.includes(permission)}
            disabled={isLacking}
            aria-invalid={fault !== undefined && index === 0}
            onChange={() => toggle(permission)}
          />
        )
      })}
    </Group>
  )
}

/** As codes, from left to right; what they mean on hover. */
export function Permissions({ permissions }: { readonly permissions: readonly Permission[] }) {
  return (
    <bdi dir="ltr">
      {permissions.map((permission, index) => (
        <span key={permission} title={permissionInWords(permission)}>
          {index > 0 && ', '}
          <code>{permission}</code>
        </span>
      ))}
    </bdi>
  )
}
