import { type Check, Skip } from '../check.ts'
import { array, equal, integer, keys, object, problem, status, text, that, time } from '../expect.ts'
import { completedFirst, first, NOBODY } from '../fixtures.ts'
import { rows, type Session } from '../session.ts'
import { SNAPSHOT_KEYS } from './list.ts'

const KINDS = ['image', 'sealed', 'active', 'undo', 'garbage']

type Row = Record<string, unknown>

export const ourChecks: readonly Check[] = [
  {
    id: 'snapshots.detail',
    level: 'full',
    says: 'GET /snapshots/{id}/ shows what the list shows',
    run: async session => {
      const row = (await completedFirst(session)) as unknown as Row
      const json = await detail(session)
      for (const key of SNAPSHOT_KEYS) equal(json[key], row[key], key)
    },
  },
  {
    id: 'snapshots.detail.receipt.consistency',
    level: 'full',
    says: 'The receipt tells the consistency asked for and achieved and, if it is less, why',
    run: async session => {
      const { requested, achieved, reason } = await receipt(session)
      equal(requested, 'auto', 'requested')
      that(['crash', 'filesystem'].includes(achieved as string), 'achieved: crash or filesystem', achieved)
      that(achieved !== 'filesystem' || reason === null, 'no reason where nothing is missing', reason)
    },
  },
  {
    id: 'snapshots.detail.receipt.cut_at',
    level: 'full',
    says: 'The receipt tells when the cut was: not before the request',
    run: async session => {
      const at = time((await receipt(session)).cut_at, 'cut_at')
      const { created_at } = await completedFirst(session)
      that(at >= Date.parse(created_at), `not before ${created_at}`, (await receipt(session)).cut_at)
    },
  },
  {
    id: 'snapshots.detail.404',
    level: 'full',
    says: 'The detail of a snapshot that does not exist is a 404 with a problem body',
    run: async session => problem(await session.client.get(`/snapshots/${NOBODY}/`), 404, 'not_found'),
  },
  {
    id: 'servers.layers',
    level: 'full',
    says: 'GET /servers/{id}/layers/ is {count, results}',
    run: async session => {
      const reply = await session.client.get(`/servers/${session.server.id}/layers/`)
      status(reply, 200)
      keys(reply.json, ['count', 'results'])
      equal((reply.json as { count: unknown }).count, rows(reply).length, 'count')
    },
  },
  {
    id: 'servers.layers.kinds',
    level: 'full',
    says: `Each layer has an id and a kind (${KINDS.join(', ')}), and one at least is active`,
    run: async session => {
      const all = await layers(session)
      for (const layer of all) {
        integer(layer.id, 'id')
        that(KINDS.includes(layer.kind as string), 'a known kind', layer.kind)
      }
      that(
        all.some(layer => layer.kind === 'active'),
        'an active layer',
        all.map(layer => layer.kind),
      )
    },
  },
  {
    id: 'servers.layers.tree',
    level: 'full',
    says: "Each layer's parent is a layer of the list, or null",
    run: async session => {
      const all = await layers(session)
      const ids = all.map(layer => layer.id)
      for (const { parent_id: parent } of all)
        that(parent === null || ids.includes(parent), `null or of ${ids}`, parent)
    },
  },
  {
    id: 'servers.layers.404',
    level: 'full',
    says: 'The layers of a server that does not exist are a 404',
    run: async session => problem(await session.client.get(`/servers/${NOBODY}/layers/`), 404, 'not_found'),
  },
  {
    id: 'operations.detail',
    level: 'full',
    says: 'GET /operations/{id}/ tells kind, status, step, progress, attempts, error and times of a finished create',
    run: async session => {
      await completedFirst(session)
      const { id, json } = await operation(session)
      equal(json.id, id, 'id')
      text(json.kind, 'kind')
      equal(json.status, 'completed', 'status')
      equal(json.progress, 1, 'progress')
      equal(json.error, null, 'error')
      integer(json.attempts, 'attempts')
      that('step' in json, 'a step', Object.keys(json))
      for (const key of ['created_at', 'ended_at']) time(json[key], key)
    },
  },
  {
    id: 'operations.list',
    level: 'full',
    says: 'GET /operations/ is {count, results} and lists the operation',
    run: async session => {
      const { id } = await operation(session)
      const reply = await session.client.get('/operations/')
      status(reply, 200)
      keys(reply.json, ['count', 'results'])
      const ids = array((reply.json as { results: unknown }).results, 'results').map(row => (row as Row).id)
      that(ids.includes(id), `${id} in the list`, ids)
    },
  },
  {
    id: 'operations.404',
    level: 'full',
    says: 'An operation that does not exist is a 404 with a problem body',
    run: async session => problem(await session.client.get(`/operations/${NOBODY}/`), 404, 'not_found'),
  },
  ...['/healthz', '/readyz'].map(
    (path): Check => ({
      id: `service.${path.slice(1)}`,
      level: 'full',
      says: `GET ${path} answers 200 without a token`,
      run: async session => status(await session.client.get(path, { root: true, token: null }), 200),
    }),
  ),
  {
    id: 'service.openapi',
    level: 'full',
    says: 'GET /openapi.json is an OpenAPI 3.1 document of these routes',
    run: async session => {
      const reply = await session.client.get('/openapi.json', { root: true })
      status(reply, 200)
      const { openapi, paths } = object(reply.json, 'the document')
      that(typeof openapi === 'string' && openapi.startsWith('3.1.'), '3.1.x', openapi)
      const known = Object.keys(object(paths, 'paths'))
      for (const path of ['/snapshots/', '/servers/', '/account/me/']) {
        that(
          known.some(each => each.endsWith(path)),
          `${path} in paths`,
          known,
        )
      }
    },
  },
]

async function detail(session: Session): Promise<Row> {
  const { id } = await completedFirst(session)
  const reply = await session.client.get(`/snapshots/${id}/`)
  status(reply, 200)
  return object(reply.json, 'the detail')
}

const receipt = async (session: Session) => object((await detail(session)).receipt, 'receipt')

async function layers(session: Session): Promise<Row[]> {
  return rows<Row>(await session.client.get(`/servers/${session.server.id}/layers/`))
}

async function operation(session: Session): Promise<{ id: number; json: Row }> {
  const header = (await first(session)).reply.headers.get('operation-id')
  if (header === null) throw new Skip('the create named no operation')
  const reply = await session.client.get(`/operations/${header}/`)
  status(reply, 200)
  return { id: Number(header), json: object(reply.json, 'the operation') }
}
