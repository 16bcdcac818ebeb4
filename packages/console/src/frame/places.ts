/** What the side leads to, in its order. A view is added here when it is there. */

import { type Permission, useMay } from '../data/me.ts'
import { m } from '../paraglide/messages.js'
import type { IconName } from '../parts/icon.tsx'
import { paths } from '../paths.ts'

export interface Place {
  readonly path: string
  readonly label: () => string
  readonly icon: IconName
  /** Without it there is nothing to see. Undefined: everybody sees it. */
  readonly permission?: Permission
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
  place(paths.snapshots(), m.all_snapshots_title, 'snapshots', 'snapshots:read'),
  place(paths.operations(), m.history_title, 'operations', 'servers:read'),
  place(paths.images(), m.images_title, 'images', 'servers:read'),
  place(paths.tokens(), m.tokens_title, 'tokens', 'tokens:write'),
  place(paths.accounts(), m.accounts_title, 'account', 'admin'),
  place(paths.settings(), m.settings_title, 'settings'),
]

/** One that is a single page. */
function place(path: string, label: () => string, icon: IconName, permission?: Permission): Place {
  return { path, label, icon, ...(permission ? { permission } : {}), has: location => location === path }
}

/** Those that the reader's token may see; until that is known, all. */
export function usePlaces(): readonly Place[] {
  const may = useMay()
  return places.filter(({ permission }) => permission === undefined || may(permission) !== false)
}
