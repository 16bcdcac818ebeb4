/** API9:2023, improper inventory management. Every route is in openapi.json, and what is not in there does not answer. */
import assert from 'node:assert/strict'
import { openWorld } from '../../packages/server/test/http/harness.ts'
import { testOn } from '../../packages/server/test/support/databases.ts'
import { operations } from './support/document.ts'

testOn('sqlite', 'the routes of the service are those of the document', async t => {
  const world = await openWorld(t, { engine: false })
  // The document does not describe itself, nor WebSockets; and what may be read may be asked for without its body.
  const documented = operations.flatMap(({ method, path }) =>
    method === 'GET' ? [`GET ${path}`, `HEAD ${path}`] : [`${method} ${path}`],
  )
  assert.deepEqual(
    routesOf(world.app.printRoutes({ commonPrefix: false })),
    [...documented, 'GET /api/v1/servers/{server_id}/terminal/', 'GET /openapi.json', 'HEAD /openapi.json'].sort(),
  )
})

/** From fastify's drawing of its tree: each line a part of a path, indented by four characters, with its methods. */
function routesOf(drawing: string): string[] {
  const found: string[] = []
  const parts: string[] = []
  for (const line of drawing.split('\n')) {
    const [, indent = '', part = '', methods] = /^([│ ├└─]*)(\S+?)(?: \((.+)\))?$/.exec(line.trimEnd()) ?? []
    if (part === '') continue
    const depth = indent.length / 4
    parts.length = depth
    parts[depth - 1] = part
    const path = parts
      .slice(0, depth)
      .join('')
      .replaceAll(/:(\w+)/g, '{$1}')
    for (const method of methods?.split(', ') ?? []) found.push(`${method} ${path}`)
  }
  return found.sort()
}

const elsewhere = [
  '/',
  '/api/',
  '/api/v1/',
  '/api/v0/snapshots/',
  '/api/v2/snapshots/',
  '/v1/snapshots/',
  '/snapshots/',
  '/metrics',
  '/debug/',
  '/debug/pprof/',
  '/admin/',
  '/docs',
  '/documentation/',
  '/documentation/json',
  '/swagger.json',
  '/swagger-ui/',
  '/graphql',
  '/status',
  '/env',
  '/actuator/env',
  '/server-status',
  '/favicon.ico',
  '/robots.txt',
  '/.well-known/openid-configuration',
]

testOn('sqlite', 'nothing answers where other services have something', async t => {
  const world = await openWorld(t, { engine: false })
  for (const path of elsewhere) {
    for (const method of ['GET', 'POST', 'DELETE'] as const) {
      const { status, body } = await world.call(path, { method })
      assert.deepEqual([method, path, status, body.code], [method, path, 404, 'not_found'])
    }
  }
})
