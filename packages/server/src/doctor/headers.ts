/** What stands on what, by the headers of the files. */
import { resolve } from 'node:path'
import type { LayerId } from '../domain/layers.ts'
import type { FoundLayer } from '../drivers/qemu/survey.ts'
import type { World } from './world.ts'

/** The layer that a header names below; `elsewhere` for what is no layer of ours, or cannot be read. */
export function standsOn({ rows }: World, { base }: FoundLayer): LayerId | null | 'elsewhere' {
  if (base.kind === 'none') return null
  if (base.kind === 'layer') return base.id
  if (base.kind === 'unreadable') return 'elsewhere'
  const linked = [...rows.layers.values()].find(({ file }) => file !== null && resolve(file) === base.path)
  return linked?.id ?? 'elsewhere'
}

export function isCircular(found: ReadonlyMap<LayerId, FoundLayer>, top: LayerId): boolean {
  const seen = new Set<LayerId>()
  for (let at: LayerId | undefined = top; at !== undefined; ) {
    if (seen.has(at)) return true
    seen.add(at)
    const base: FoundLayer['base'] | undefined = found.get(at)?.base
    at = base?.kind === 'layer' ? base.id : undefined
  }
  return false
}
