/** Where other servers branch off. */
import type { Layer } from '@restpoint/sdk/source'
import type { Forest, LayerId } from './forest.ts'

/**
 * Those that stand on this very layer with layers of their own, which are not in the picture: a clone, or the server
 * that this one is a clone of. An image bears everybody's, so nothing is said there.
 */
export function branchingOff({ layers, children }: Forest, id: LayerId): Layer['servers'] {
  const layer = layers.get(id)
  if (!layer || layer.kind === 'image') return []
  const further = new Set(
    (children.get(id) ?? []).flatMap(child => layers.get(child)?.servers.map(({ id }) => id) ?? []),
  )
  return layer.servers.filter(server => !further.has(server.id))
}
