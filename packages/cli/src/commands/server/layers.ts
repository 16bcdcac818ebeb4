import type { Layer } from '@restpoint/sdk/source'
import type { CommandSpec } from '../../command.ts'
import { serverId } from '../../find.ts'
import { table } from '../../terminal/table.ts'
import { size } from '../../terminal/units.ts'

export const command: CommandSpec<{ server: string }> = {
  summary: 'show the tree of layers that the disks, snapshots and undo point of a server stand on',
  arguments: { '<server>': 'name or id' },
  example: 'restpoint server layers web-server-01',
  async run(context, { server }) {
    const connected = await context.connect()
    const id = await serverId(connected, server)
    context.tell(await connected.restpoint.servers.layers(id, connected.scope), ({ results }) =>
      table(
        inTree(results),
        [
          ['layer', ({ depth, layer }) => `${'  '.repeat(depth)}${layer.id}`],
          ['kind', ({ layer }) => layer.kind],
          ['allocated', ({ layer }) => size(layer.allocated_bytes)],
          ['size', ({ layer }) => size(layer.size_bytes)],
          ['snapshots', ({ layer }) => layer.snapshots.map(({ name }) => name).join(', ')],
          ['also under', ({ layer }) => layer.servers.map(({ name }) => name).join(', ')],
          ['merge', ({ layer }) => layer.merge && (layer.merge.waits_for ?? layer.merge.state)],
        ],
        'There are no layers.',
      ),
    )
    return undefined
  },
}

interface Placed {
  readonly depth: number
  readonly layer: Layer
}

/** Each layer below its parent; what stands on one that is not told is at the root. */
export function inTree(layers: readonly Layer[]): Placed[] {
  const ids = new Set(layers.map(({ id }) => id))
  const on = (parent: number | null, depth: number): Placed[] =>
    layers
      .filter(({ parent_id }) => (parent_id !== null && ids.has(parent_id) ? parent_id : null) === parent)
      .flatMap(layer => [{ depth, layer }, ...on(layer.id, depth + 1)])
  return on(null, 0)
}
