import { type Check, Skip } from '../check.ts'
import { array, equal, integer, invalid, keys, object, status, text, that, time } from '../expect.ts'
import { first, listed, NOBODY, rowsOf, second } from '../fixtures.ts'
import type { Session, SnapshotRow } from '../session.ts'

export const SNAPSHOT_KEYS = ['id', 'server', 'name', 'status', 'size_mb', 'created_at', 'description']

const unusableIds = ['abc', '0', '-1', '1.5', '9007199254740992', '1e3', '99999999999999999999']

const refusedFilters = unusableIds.map(
  (id): Check => ({
    id: `snapshots.list.server_id.${id}`,
    level: 'full',
    says: `?server_id=${id} is a 400 that names the parameter`,
    run: async session => invalid(await session.client.get(`/snapshots/?server_id=${id}`), 'server_id'),
  }),
)

export const listChecks: readonly Check[] = [
  {
    id: 'snapshots.list.200',
    level: 'documented',
    says: 'GET /snapshots/ answers 200',
    run: async session => status((await listed(session)).all, 200),
  },
  {
    id: 'snapshots.list.envelope',
    level: 'documented',
    says: 'A list is {count, results} and nothing else',
    run: async session => {
      const { json } = (await listed(session)).all
      keys(json, ['count', 'results'])
      array((json as { results: unknown }).results, 'results')
    },
  },
  {
    id: 'snapshots.list.count',
    level: 'documented',
    says: 'count is the number of results',
    run: async session => {
      for (const reply of [(await listed(session)).all, (await listed(session)).ofServer]) {
        equal((reply.json as { count?: unknown }).count, rowsOf(reply).length, 'count')
      }
    },
  },
  {
    id: 'snapshots.list.item-keys',
    level: 'documented',
    says: `A listed snapshot has exactly ${SNAPSHOT_KEYS.join(', ')}`,
    run: session => each(session, row => keys(row, SNAPSHOT_KEYS)),
  },
  {
    id: 'snapshots.list.item-server',
    level: 'documented',
    says: "A listed snapshot's server is {id, name}",
    run: session =>
      each(session, row => {
        const { server } = row as unknown as { server: Record<string, unknown> }
        keys(server, ['id', 'name'], "the server's keys")
        integer(server.id, 'server.id')
        text(server.name, 'server.name')
      }),
  },
  {
    id: 'snapshots.list.item-types',
    level: 'documented',
    says: 'id is an integer; name, status and description are strings; size_mb is an integer or null',
    run: session =>
      each(session, row => {
        const { id, name, status: state, description, size_mb: size } = row as unknown as Record<string, unknown>
        integer(id, 'id')
        text(name, 'name')
        text(state, 'status')
        that(typeof description === 'string', 'description to be a string', description)
        that(size === null || Number.isInteger(size), 'size_mb to be an integer or null', size)
      }),
  },
  {
    id: 'snapshots.list.time-format',
    level: 'documented',
    says: 'created_at is UTC in whole seconds, like 2025-01-15T18:30:00Z',
    run: session => each(session, row => time(row.created_at, 'created_at')),
  },
  {
    id: 'snapshots.list.newest-first',
    level: 'documented',
    says: 'The newest comes first',
    run: async session => {
      const times = rowsOf((await listed(session)).all).map(row => row.created_at)
      equal(times, [...times].sort().reverse(), 'created_at')
    },
  },
  {
    id: 'snapshots.list.ties',
    level: 'full',
    says: 'Of two of the same second the one with the greater id comes first',
    run: async session => {
      const all = rowsOf((await listed(session)).all)
      const ties = all.flatMap((row, at) => (all[at + 1]?.created_at === row.created_at ? [[row, all[at + 1]]] : []))
      if (ties.length === 0) throw new Skip('no two snapshots are of the same second')
      for (const [one, next] of ties)
        that(
          one!.id > next!.id,
          `${one!.id} after ${next!.id}`,
          all.map(row => row.id),
        )
    },
  },
  {
    id: 'snapshots.list.statuses',
    level: 'full',
    says: 'status is in_progress, completed or failed',
    run: session =>
      each(session, row =>
        that(['in_progress', 'completed', 'failed'].includes(row.status), 'a known status', row.status),
      ),
  },
  {
    id: 'snapshots.list.size-completed',
    level: 'documented',
    says: 'A completed snapshot has a size',
    run: session =>
      each(session, row => {
        if (row.status === 'completed') integer(row.size_mb, 'size_mb', 0)
      }),
  },
  {
    id: 'snapshots.list.size-least',
    level: 'full',
    says: 'The size of a completed snapshot is at least 1 MB',
    run: session =>
      each(session, row => {
        if (row.status === 'completed') integer(row.size_mb, 'size_mb')
      }),
  },
  {
    id: 'snapshots.list.size-in-progress',
    level: 'documented',
    says: 'size_mb is null while the snapshot is in progress',
    run: async session => {
      const rows = (await first(session)).sightings.filter(row => row?.status === 'in_progress')
      if (rows.length === 0) throw new Skip('it was completed before the list could be asked')
      for (const row of rows) equal(row?.size_mb, null, 'size_mb')
    },
  },
  {
    id: 'snapshots.list.contains-created',
    level: 'documented',
    says: 'A created snapshot is in the list at once',
    run: async session => {
      const { id, sightings } = await first(session)
      equal(sightings[0]?.id, id, 'the id')
    },
  },
  {
    id: 'snapshots.list.server_id.filter',
    level: 'documented',
    says: '?server_id= leaves exactly the snapshots of that server',
    run: async session => {
      const { all, ofServer } = await listed(session)
      await second(session)
      status(ofServer, 200)
      const expected = rowsOf(all).filter(row => serverId(row) === session.server.id)
      equal(
        rowsOf(ofServer).map(row => row.id),
        expected.map(row => row.id),
        'ids',
      )
    },
  },
  {
    id: 'snapshots.list.server_id.unknown',
    level: 'full',
    says: '?server_id= of an unknown server is a 200 with count 0',
    run: async session => {
      const reply = await session.client.get(`/snapshots/?server_id=${NOBODY}`)
      status(reply, 200)
      equal(reply.json, { count: 0, results: [] })
    },
  },
  ...refusedFilters,
]

async function each(session: Session, look: (row: SnapshotRow) => void): Promise<void> {
  const all = rowsOf((await listed(session)).all)
  that(all.length > 0, 'the created snapshots in the list', all)
  for (const row of all) look(object(row, 'a snapshot') as unknown as SnapshotRow)
}

function serverId(row: SnapshotRow): unknown {
  return (row as unknown as { server?: { id?: unknown } }).server?.id
}
