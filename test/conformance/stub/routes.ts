import { createToken, deleteToken, listTokens, showMe } from './accounts.ts'
import { type Handler, json } from './request.ts'
import { act, listLayers, listOperations, listServers, showOperation, showServer, undo } from './servers.ts'
import { createSnapshot, deleteSnapshot, listSnapshots, restoreSnapshot, showSnapshot } from './snapshots.ts'

export interface Route {
  readonly handler: Handler
  /** Null: every live token. Undefined: nobody is asked. */
  readonly permission?: string | null
  readonly hasBody?: boolean
}

const fine: Route = { handler: () => json(200, { status: 'ok' }) }

const openapi: Handler = () =>
  json(200, {
    openapi: '3.1.0',
    info: { title: 'stub', version: '0' },
    paths: { '/api/v1/snapshots/': {}, '/api/v1/servers/': {}, '/api/v1/account/me/': {} },
  })

/** Method and path above the origin; `:id` stands for one part of a path. */
export const routes: Record<string, Route> = {
  'GET /healthz/': fine,
  'GET /readyz/': fine,
  'GET /openapi.json/': { handler: openapi },
  'GET /api/v1/snapshots/': { handler: listSnapshots, permission: 'snapshots:read' },
  'POST /api/v1/snapshots/': { handler: createSnapshot, permission: 'snapshots:write', hasBody: true },
  'GET /api/v1/snapshots/:id/': { handler: showSnapshot, permission: 'snapshots:read' },
  'DELETE /api/v1/snapshots/:id/': { handler: deleteSnapshot, permission: 'snapshots:write' },
  'POST /api/v1/snapshots/:id/restore/': { handler: restoreSnapshot, permission: 'snapshots:write' },
  'GET /api/v1/servers/': { handler: listServers, permission: 'servers:read' },
  'GET /api/v1/servers/:id/': { handler: showServer, permission: 'servers:read' },
  'GET /api/v1/servers/:id/layers/': { handler: listLayers, permission: 'servers:read' },
  'POST /api/v1/servers/:id/start/': { handler: act('start'), permission: 'servers:write' },
  'POST /api/v1/servers/:id/stop/': { handler: act('stop'), permission: 'servers:write' },
  'POST /api/v1/servers/:id/reboot/': { handler: act('reboot'), permission: 'servers:write' },
  'POST /api/v1/servers/:id/undo/': { handler: undo, permission: 'servers:write' },
  'GET /api/v1/operations/': { handler: listOperations, permission: 'servers:read' },
  'GET /api/v1/operations/:id/': { handler: showOperation, permission: 'servers:read' },
  'GET /api/v1/tokens/': { handler: listTokens, permission: 'admin' },
  'POST /api/v1/tokens/': { handler: createToken, permission: 'admin', hasBody: true },
  'DELETE /api/v1/tokens/:id/': { handler: deleteToken, permission: 'admin' },
  'GET /api/v1/account/me/': { handler: showMe, permission: null },
}

interface Found {
  readonly path: string
  readonly id: string | undefined
  /** Method → name of the route. */
  readonly methods: ReadonlyMap<string, string>
}

const patterns = Map.groupBy(Object.keys(routes), name => name.slice(name.indexOf(' ') + 1))

/** What a path leads to, whatever the method. */
export function findPath(path: string): Found | undefined {
  for (const [pattern, names] of patterns) {
    const match = new RegExp(`^${pattern.replaceAll('.', '\\.').replace(':id', '([^/]+)')}$`).exec(path)
    if (!match) continue
    const methods = new Map(names.map(name => [name.slice(0, name.indexOf(' ')), name]))
    return { path: pattern, id: match[1], methods }
  }
  return undefined
}
