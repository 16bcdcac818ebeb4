/** What the side leads to, in its order. A view is added here when it is there. */

import { type Permission, useMay } from '../data/me.ts'
import { m } from '../paraglide/messages.js'
import type { IconName } from '../parts/icon.tsx'
import { paths } from '../paths.ts'

export interface Place {
  readonly path: string
  readonly label: () => string
  readonly icon: IconName
  /** Without it there is nothing to see. */
  readonly permission: Permission
  /** Whether an address is in it. */
  readonly has: (location: string) => boolean
}

const places: readonly Place[] = [
  {
    path: paths.servers(),
    label: m.servers_title,
    icon: 'servers',
    permission: 'servers:read',
    has: location => location === '/' || location.startsWith('/servers/'),
  },
]

/** Those that the reader's token may see; until that is known, all. */
export function usePlaces(): readonly Place[] {
  const may = useMay()
  return places.filter(({ permission }) => may(permission) !== false)
}
