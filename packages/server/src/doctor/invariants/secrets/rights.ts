/** Who else of the host's users may read what is ours. */
import { join } from 'node:path'
import { statsOf } from '../../files.ts'
import type { Finding } from '../../finding.ts'
import type { World } from '../../world.ts'

type Found = Omit<Finding, 'invariant'>

const OURS_ALONE = ['admin-token', 'restpoint.db', 'restpoint.db-wal', 'host-id', 'lock', 'records']

export function rights({ stateDir, paths }: World): Found[] {
  return [
    ...OURS_ALONE.flatMap(name => openTo(join(stateDir, name), 0o077)),
    // Others may have to pass through, where QEMU runs as a user of its own; nobody may list.
    ...[stateDir, paths.root, paths.layers, paths.machines].flatMap(path => openTo(path, 0o066)),
  ]
}

/** `mask`: the rights that nobody else is to have. */
function openTo(path: string, mask: number): Found[] {
  const stats = statsOf(path)
  if (stats === undefined || (stats.mode & mask) === 0) return []
  return [
    {
      level: 'damage',
      subject: `the rights of ${path}`,
      text: `${path} is open to other users of the host (mode ${(stats.mode & 0o777).toString(8)}).`,
      remedy: `chmod ${stats.isDirectory() ? 'go-rw' : '600'} ${path}`,
    },
  ]
}
