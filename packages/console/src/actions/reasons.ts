/** Why something cannot be done with this server now, in words. */
import type { Server } from '@restpoint/sdk/source'
import { useReasonAgainst } from '../data/allowed.ts'
import type { Permission } from '../data/me.ts'
import { m } from '../paraglide/messages.js'
import { stateInWords } from '../parts/state-dot.tsx'
import { isLegal, type ServerAction } from './legal.ts'

const permissions: Readonly<Record<ServerAction, Permission>> = {
  snapshot: 'snapshots:write',
  restore: 'snapshots:write',
  undo: 'servers:write',
  clone: 'servers:write',
  delete: 'servers:write',
}

/** → the reason against it, or undefined where there is none. */
export function useReasons({ status }: Pick<Server, 'status'>): (action: ServerAction) => string | undefined {
  const reasonAgainst = useReasonAgainst()
  return action => {
    const reason = reasonAgainst(permissions[action])
    if (reason !== undefined) return reason
    return isLegal(action, status) ? undefined : m.server_wrong_state({ state: stateInWords(status) })
  }
}
