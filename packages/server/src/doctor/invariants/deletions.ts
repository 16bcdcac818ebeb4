/** I20, I27: what was deleted stays deleted, and only what nobody needs is. */
import type { Invariant } from '../finding.ts'
import type { World } from '../world.ts'

type Check = Invariant<World>['check']

/** A deleted server of which something is left goes on being deleted until nothing is. */
const durable: Check = async ({ rows, db }) => {
  const deleting = rows.operations.filter(({ kind }) => kind === 'server_delete')
  const forwards = await db.selectFrom('forwarded_ports').select('server_id').execute()
  return [...rows.servers.values()].flatMap(({ id, deleted_at }) => {
    if (deleted_at === null || deleting.some(({ server_id }) => server_id === id)) return []
    const left = [
      ...(rows.disks.some(disk => disk.server_id === id) ? ['disks'] : []),
      ...(forwards.some(port => port.server_id === id) ? ['forwarded ports'] : []),
      ...(rows.undoPoints.some(point => point.server_id === id) ? ['undo points'] : []),
    ]
    if (left.length === 0) return []
    return [
      {
        level: 'fault' as const,
        subject: `server ${id}`,
        text: `Server ${id} was deleted and still has ${left.join(', ')}, and no operation removes them.`,
        remedy: 'They take space and nothing else. Tell us: nothing of ours leaves them.',
      },
    ]
  })
}

/** Before its file goes a layer is a tombstone; nothing may point to one. */
const tombstones: Check = async ({ rows }) => {
  const users = new Map<number, string[]>()
  const uses = (layer: number | null, who: string) => {
    if (layer !== null && rows.layers.get(layer)?.state === 'trash')
      users.set(layer, [...(users.get(layer) ?? []), who])
  }
  for (const { server_id, active_layer_id } of rows.disks) uses(active_layer_id, `server ${server_id}`)
  for (const { snapshot_id, layer_id } of rows.snapshotLayers) {
    if (rows.snapshots.get(snapshot_id)?.status !== 'failed') uses(layer_id, `snapshot ${snapshot_id}`)
  }
  for (const { undo_point_id, layer_id } of rows.undoLayers) uses(layer_id, `undo point ${undo_point_id}`)
  for (const { id, layer_id, deleted_at } of rows.images) if (deleted_at === null) uses(layer_id, `image ${id}`)
  for (const { id, parent_id } of rows.layers.values()) uses(parent_id, `layer ${id} above it`)
  return [...users].map(([layer, who]) => ({
    level: 'damage' as const,
    subject: `layer ${layer}`,
    text: `Layer ${layer} is on its way out, and is needed by ${who.join(', ')}.`,
    remedy: 'Stop the service at once, so that the file is not removed, and take a copy of guests/.',
  }))
}

export const deletionInvariants: Invariant<World>[] = [
  { id: 'I20', title: 'what was deleted stays deleted, and goes', check: durable },
  { id: 'I27', title: 'only what nobody needs is removed', check: tombstones },
]
