/** In place of what a token may not see: which permission it lacks. Nothing where it has it, or that is not known yet. */
import type { ReactNode } from 'react'
import { type Permission, useMay } from '../data/me.ts'
import { m } from '../paraglide/messages.js'
import { Empty } from './states.tsx'

export function Permitted({ permission, children }: { readonly permission: Permission; readonly children: ReactNode }) {
  if (useMay()(permission) !== false) return children
  return (
    <Empty title={m.permission_reason({ permission })}>
      <p>{m.form_no_permission()}</p>
    </Empty>
  )
}
