/** Bytes of a server's own, and those that images and other servers have a part in. */
import type { Layer } from '@restpoint/sdk/source'

export function bytesOf(layers: readonly Layer[]): { readonly own: number; readonly shared: number } {
  let own = 0
  let shared = 0
  for (const { kind, servers, allocated_bytes } of layers) {
    if (kind === 'image' || servers.length > 0) shared += allocated_bytes
    else own += allocated_bytes
  }
  return { own, shared }
}
