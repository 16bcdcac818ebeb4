/** Whether the reader may do something now, and if not, why: buttons say it. */
import { m } from '../paraglide/messages.js'
import { useConnection } from './connection.ts'
import { type Permission, useMay } from './me.ts'

/** → the reason against it, in words, or undefined where there is none. */
export function useReasonAgainst(): (permission: Permission) => string | undefined {
  const { isReachable } = useConnection()
  const may = useMay()
  return permission => {
    if (!isReachable) return m.offline_reason()
    return may(permission) === false ? m.permission_reason({ permission }) : undefined
  }
}
