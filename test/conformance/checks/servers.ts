import type { Check } from '../check.ts'
import type { Reply } from '../client.ts'
import { array, equal, integer, keys, object, problem, status, text, that, time } from '../expect.ts'
import { listed, NOBODY } from '../fixtures.ts'
import { rows, type Session } from '../session.ts'

export const SERVER_KEYS = [
  'id',
  'name',
  'hostname',
  'status',
  'ip_address',
  'location',
  'plan',
  'os',
  'created_at',
  'updated_at',
]
const STATUSES = ['active', 'stopped', 'suspended', 'restoring', 'creating', 'failed']
const FILTERS = ['active', 'stopped', 'suspended']

type Row = Record<string, unknown>

export const serverChecks: readonly Check[] = [
  {
    id: 'servers.list.200',
    level: 'documented',
    says: 'GET /servers/ answers 200',
    run: async session => status((await listed(session)).servers, 200),
  },
  {
    id: 'servers.list.envelope',
    level: 'documented',
    says: 'A list is {count, results}, count the number of results',
    run: async session => {
      const { json } = (await listed(session)).servers
      keys(json, ['count', 'results'])
      const { count, results } = json as { count: unknown; results: unknown }
      equal(count, array(results, 'results').length, 'count')
    },
  },
  {
    id: 'servers.list.item-keys',
    level: 'documented',
    says: `A listed server has exactly ${SERVER_KEYS.join(', ')}`,
    run: session => each(session, row => keys(row, SERVER_KEYS)),
  },
  {
    id: 'servers.list.item-types',
    level: 'documented',
    says: 'id is an integer; name, hostname, status and location are strings; ip_address is a string or null',
    run: session =>
      each(session, row => {
        integer(row.id, 'id')
        for (const key of ['name', 'hostname', 'status', 'location']) text(row[key], key)
        that(
          row.ip_address === null || typeof row.ip_address === 'string',
          'ip_address: a string or null',
          row.ip_address,
        )
      }),
  },
  {
    id: 'servers.list.plan',
    level: 'documented',
    says: 'plan is {id, name, vcpus, memory, storage}, memory in MB, storage in GB',
    run: session =>
      each(session, row => {
        const plan = object(row.plan, 'plan')
        keys(plan, ['id', 'name', 'vcpus', 'memory', 'storage'], "the plan's keys")
        text(plan.name, 'plan.name')
        for (const key of ['id', 'vcpus', 'memory', 'storage']) integer(plan[key], `plan.${key}`)
      }),
  },
  {
    id: 'servers.list.os',
    level: 'documented',
    says: 'os is {id, name}',
    run: session =>
      each(session, row => {
        const os = object(row.os, 'os')
        keys(os, ['id', 'name'], "the os's keys")
        integer(os.id, 'os.id')
        text(os.name, 'os.name')
      }),
  },
  {
    id: 'servers.list.time-format',
    level: 'documented',
    says: 'created_at and updated_at are UTC in whole seconds',
    run: session =>
      each(session, row => {
        const created = time(row.created_at, 'created_at')
        that(time(row.updated_at, 'updated_at') >= created, 'updated_at not before created_at', row.updated_at)
      }),
  },
  {
    id: 'servers.list.statuses',
    level: 'full',
    says: `status is one of ${STATUSES.join(', ')}`,
    run: session => each(session, row => that(STATUSES.includes(row.status as string), 'a known status', row.status)),
  },
  ...FILTERS.map(
    (wanted): Check => ({
      id: `servers.list.filter.status.${wanted}`,
      level: 'documented',
      says: `?status=${wanted} leaves exactly the servers in that status`,
      run: async session => {
        await session.settled()
        const all = rows<Row>(await session.client.get('/servers/'))
        await filtered(
          session,
          `status=${wanted}`,
          all.filter(row => row.status === wanted),
        )
      },
    }),
  ),
  {
    id: 'servers.list.filter.location',
    level: 'documented',
    says: '?location= leaves exactly the servers of that location',
    run: async session => {
      const all = rows<Row>(await session.client.get('/servers/'))
      const { location } = session.server
      await filtered(
        session,
        `location=${encodeURIComponent(String(location))}`,
        all.filter(row => row.location === location),
      )
      await filtered(session, 'location=conformance-nowhere', [])
    },
  },
  {
    id: 'servers.detail',
    level: 'full',
    says: 'GET /servers/{id}/ shows at least what the list shows',
    run: async session => {
      const reply = await session.client.get(`/servers/${session.server.id}/`)
      status(reply, 200)
      showsServer(reply, (await session.serverNow()) as unknown as Row)
    },
  },
  {
    id: 'servers.detail.404',
    level: 'full',
    says: 'A server that does not exist is a 404 with a problem body',
    run: async session => problem(await session.client.get(`/servers/${NOBODY}/`), 404, 'not_found'),
  },
]

/** The listed part of a server's detail; the detail may say more. */
export function showsServer(reply: Reply, expected: Row): void {
  const detail = object(reply.json, 'the detail')
  for (const key of SERVER_KEYS) equal(detail[key], expected[key], key)
}

async function each(session: Session, look: (row: Row) => void): Promise<void> {
  const all = rows<Row>((await listed(session)).servers)
  that(all.length > 0, 'a server', all)
  for (const row of all) look(object(row, 'a server'))
}

async function filtered(session: Session, query: string, expected: readonly Row[]): Promise<void> {
  const reply = await session.client.get(`/servers/?${query}`)
  status(reply, 200)
  equal(
    rows<Row>(reply).map(row => row.id),
    expected.map(row => row.id),
    `ids for ?${query}`,
  )
  equal((reply.json as { count?: unknown }).count, expected.length, `count for ?${query}`)
}
