/** Who has the file of a layer open, as the kernel tells: not by QEMU's locks, which say nothing of others. */
import { basename, join } from 'node:path'
import type { SeenProcess } from './processes.ts'
import type { Row } from './rows.ts'
import type { World } from './world.ts'

export interface Openers {
  readonly writing: readonly SeenProcess[]
  readonly reading: readonly SeenProcess[]
}

export function openersOf({ processes, paths, realDir }: World, row: Row<'layers'>): Openers {
  const path = row.file ?? join(realDir, 'guests/layers', basename(paths.layer(row)))
  const openers = processes.filter(({ open }) => open?.some(file => file.path === path))
  const writes = ({ open }: SeenProcess) => open?.some(file => file.path === path && file.writes) === true
  return { writing: openers.filter(writes), reading: openers.filter(one => !writes(one)) }
}
