/** Which of an account's servers stand on a layer. Of other accounts' nothing is said, though an image may bear them too. */
import type { Trx } from '../db/database.ts'
import type { LayerGraph, LayerId } from '../domain/layers.ts'
import { layersRead, readersOfServers } from './readers.ts'

export interface ServerName {
  readonly id: number
  readonly name: string
}

/** Layer → servers whose disks, snapshots or undo points are read through it, lowest id first. */
export async function serversOnLayers(
  trx: Trx,
  graph: LayerGraph,
  accountId: number,
): Promise<ReadonlyMap<LayerId, readonly ServerName[]>> {
  const own = (await readersOfServers(trx)).filter(reader => reader.accountId === accountId)
  const found = new Map<LayerId, readonly ServerName[]>()
  for (const [layer, readers] of layersRead(graph, own)) {
    const servers = new Map([...readers.values()].flatMap(({ server }) => (server ? [[server.id, server]] : [])))
    found.set(
      layer,
      [...servers.values()].sort((a, b) => a.id - b.id),
    )
  }
  return found
}
