import { type Check, Skip } from '../check.ts'
import type { Reply } from '../client.ts'
import { contentType, equal, integer, keys, object, problem, status, text, that } from '../expect.ts'
import { completedFirst, first, NOBODY, restored, second } from '../fixtures.ts'
import type { Session } from '../session.ts'

/** The reply's body, or one of its parts. */
const part = async (session: Session, key?: string) => {
  const json = object((await restored(session)).reply.json, 'the reply')
  return key === undefined ? json : object(json[key], key)
}

const unusableIds = ['0', '-1', '1.5', 'abc', '9007199254740992', '9223372036854775808', '%D9%A1', '9'.repeat(1000)]

export const restoreChecks: readonly Check[] = [
  {
    id: 'snapshots.restore.200',
    level: 'documented',
    says: 'POST /snapshots/{id}/restore/ without a body answers 200',
    run: async session => status((await restored(session)).reply, 200),
  },
  {
    id: 'snapshots.restore.body-keys',
    level: 'documented',
    says: 'The reply is {status, message, snapshot, server} and nothing else',
    run: async session => keys(await part(session), ['status', 'message', 'snapshot', 'server']),
  },
  {
    id: 'snapshots.restore.content-type',
    level: 'documented',
    says: 'The reply is application/json',
    run: async session => contentType((await restored(session)).reply, 'application/json'),
  },
  {
    id: 'snapshots.restore.success',
    level: 'documented',
    says: 'status is "success"',
    run: async session => equal((await part(session)).status, 'success', 'status'),
  },
  {
    id: 'snapshots.restore.message',
    level: 'documented',
    says: 'A message says how long it may take',
    run: async session => void text((await part(session)).message, 'message'),
  },
  {
    id: 'snapshots.restore.snapshot',
    level: 'documented',
    says: 'snapshot is {id, name, created_at} of the snapshot',
    run: async session => {
      const { id, name, created_at } = await completedFirst(session)
      equal(await part(session, 'snapshot'), { id, name, created_at }, 'snapshot')
    },
  },
  {
    id: 'snapshots.restore.server',
    level: 'documented',
    says: 'server is {id, name, status} with the status restoring',
    run: async session => {
      const { id, name } = session.server
      equal(await part(session, 'server'), { id, name, status: 'restoring' }, 'server')
    },
  },
  {
    id: 'snapshots.restore.keeps-snapshots',
    level: 'full',
    says: 'A restore takes no snapshot away, newer ones included',
    run: async session => {
      const ids = (await restored(session)).snapshotsAfter.map(row => row.id)
      for (const { id } of [await first(session), await second(session)])
        that(ids.includes(id), `${id} in the list`, ids)
    },
  },
  {
    id: 'snapshots.restore.runs-again',
    level: 'full',
    says: 'After a restore the server runs again if it ran before',
    run: async session => {
      const { before, after } = await restored(session)
      equal(after.status, before.status, 'status')
    },
  },
  {
    id: 'snapshots.restore.operation-id',
    level: 'full',
    says: 'The header Operation-Id names the operation',
    run: async session =>
      void integer(Number((await restored(session)).reply.headers.get('operation-id') ?? Number.NaN), 'Operation-Id'),
  },
  {
    id: 'snapshots.restore.replay',
    level: 'full',
    says: 'The same Idempotency-Key gives the same status and body, also while the first is still running',
    run: async session => {
      const { reply, replay } = await restored(session)
      that(replay !== null, 'a replay', replay)
      equal({ status: replay.status, body: replay.json }, { status: reply.status, body: reply.json }, 'the reply')
    },
  },
  {
    id: 'snapshots.restore.busy',
    level: 'full',
    says: 'A restore while another operation is going on is a 400 with code server_busy',
    run: async session => equal(((await busy(session)).json as { code?: unknown }).code, 'server_busy', 'code'),
  },
  {
    id: 'snapshots.restore.busy.retry-after',
    level: 'full',
    says: 'A server_busy says in Retry-After how many seconds to wait',
    run: async session =>
      void integer(Number((await busy(session)).headers.get('retry-after') ?? Number.NaN), 'Retry-After', 0),
  },
  {
    id: 'snapshots.restore.busy.operation',
    level: 'full',
    says: 'A server_busy carries the id of the operation that is in the way',
    run: async session => {
      const operation = Number((await restored(session)).reply.headers.get('operation-id'))
      equal(
        (await busy(session)).json && ((await busy(session)).json as { operation_id?: unknown }).operation_id,
        operation,
        'operation_id',
      )
    },
  },
  {
    id: 'snapshots.restore.in-progress',
    level: 'full',
    says: 'Only a completed snapshot can be restored; another is a 400',
    run: async session => {
      await session.settled()
      const made = await session.create()
      const { id } = (made.json ?? {}) as { id?: number }
      const reply = session.keepTrack(await session.client.post(`/snapshots/${id}/restore/`))
      await session.settled()
      await session.remove(`/snapshots/${id}/`)
      if (reply.status === 200) throw new Skip('it was completed before the restore was asked for')
      problem(reply, 400)
    },
  },
  {
    id: 'snapshots.restore.404',
    level: 'documented',
    says: 'A snapshot that does not exist is a 404',
    run: async session => status(await session.client.post(`/snapshots/${NOBODY}/restore/`), 404),
  },
  ...unusableIds.map(
    (id): Check => ({
      id: `snapshots.restore.404.${id.slice(0, 20)}`,
      level: 'full',
      says: 'An id that cannot be one is a 404 in a path',
      run: async session => problem(await session.client.post(`/snapshots/${id}/restore/`), 404, 'not_found'),
    }),
  ),
]

async function busy(session: Session): Promise<Reply> {
  const { busy: reply, busyTooLate } = await restored(session)
  that(reply !== null, 'a reply', reply)
  if (reply.status === 200 && busyTooLate) throw new Skip('the first restore had ended before the other was asked for')
  status(reply, 400)
  return reply
}
