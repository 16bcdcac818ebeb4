import { grants } from '../domain/permissions.ts'
import { Failure } from '../errors.ts'
import { callerOf } from '../http/auth.ts'
import type { App, RouteDeps } from '../http/deps.ts'
import { pathId, pathIds } from '../http/ids.ts'
import { listOf } from '../http/paging.ts'
import { refer } from '../http/schemas.ts'
import { type LayerView, listLayers } from './list.ts'
import { Layer } from './schemas.ts'

export function layerRoutes(app: App, { db, driver }: RouteDeps): void {
  app.get('/api/v1/servers/:server_id/layers/', {
    config: { access: 'servers:read', failures: ['not_found'] },
    schema: {
      operationId: 'listLayers',
      tags: ['servers'],
      summary: 'What the disks, snapshots and undo points of a server stand on',
      params: pathIds('server_id'),
      response: {
        200: { description: 'The layers, lowest id first.', ...listOf(refer(Layer)) },
      },
    },
    handler: async request => {
      const { accountId, permissions } = callerOf(request)
      const server = await db
        .selectFrom('servers')
        .select('id')
        .where('id', '=', pathId(request.params.server_id))
        .where('account_id', '=', accountId)
        .where('deleted_at', 'is', null)
        .executeTakeFirst()
      if (!server) throw new Failure('not_found', 'There is no such server')
      const layers = await listLayers(db, driver, { accountId, serverId: server.id })
      return { count: layers.length, results: layers.map(grants(permissions, 'admin') ? asItIs : withoutPath) }
    },
  })
}

function asItIs(layer: LayerView) {
  return { ...layer, snapshots: [...layer.snapshots], servers: [...layer.servers] }
}

function withoutPath(layer: LayerView) {
  const { path: _, ...rest } = asItIs(layer)
  return rest
}
