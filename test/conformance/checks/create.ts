import { type Check, Skip } from '../check.ts'
import type { Reply } from '../client.ts'
import { contentType, equal, integer, invalid, keys, problem, status, text, that, time } from '../expect.ts'
import { completedFirst, DESCRIPTION, first, firstAsked, NOBODY, second, secondAsked } from '../fixtures.ts'
import { SNAPSHOT_KEYS } from './list.ts'

const body = (reply: Reply) => (reply.json ?? {}) as Record<string, unknown>

export const badNames: Record<string, string> = {
  empty: '',
  space: 'has space',
  dot: 'dot.dot',
  slash: 'a/b',
  umlaut: 'ünïcode',
}
const refusedNames = Object.entries(badNames).map(
  ([what, name]): Check => ({
    id: `snapshots.create.name.${what}`,
    level: 'documented',
    says: 'A name holds letters, digits, hyphens and underscores only; another is a 400',
    run: async session => status(await session.attempt({ name }), 400),
  }),
)

export const strictlyBadNames: Record<string, unknown> = {
  newline: 'a\n',
  'fullwidth-digit': 'a\uff11',
  homoglyph: '\u0430dmin',
  '256-characters': 'n'.repeat(256),
  number: 7,
  null: null,
}
const refusedStrictNames = Object.entries(strictlyBadNames).map(
  ([what, name]): Check => ({
    id: `snapshots.create.name.${what}`,
    level: 'full',
    says: 'A name is 1 to 255 characters of A-Z a-z 0-9 _ -; another is a 400 that names the field',
    run: async session => invalid(await session.attempt({ name }), 'name'),
  }),
)

export const badIds: Record<string, unknown> = {
  zero: 0,
  negative: -1,
  fraction: 1.5,
  'past-2^53': 2 ** 53,
  word: 'abc',
  'fraction-string': '1.5',
  'empty-string': '',
  boolean: true,
  null: null,
  array: [1],
  object: { id: 1 },
}
const refusedIds = Object.entries(badIds).map(
  ([what, id]): Check => ({
    id: `snapshots.create.server_id.${what}`,
    level: 'full',
    says: 'A server_id that cannot be one is a 400 that names the field',
    run: async session => invalid(await session.attempt({ server_id: id }), 'server_id'),
  }),
)

export const createChecks: readonly Check[] = [
  {
    id: 'snapshots.create.201',
    level: 'documented',
    says: 'POST /snapshots/ answers 201',
    run: async session => status((await firstAsked(session)).reply, 201),
  },
  {
    id: 'snapshots.create.201-body-keys',
    level: 'documented',
    says: 'The reply is the snapshot as it is listed, and a message',
    run: async session => keys(body((await firstAsked(session)).reply), [...SNAPSHOT_KEYS, 'message']),
  },
  {
    id: 'snapshots.create.content-type',
    level: 'documented',
    says: 'The reply is application/json',
    run: async session => contentType((await firstAsked(session)).reply, 'application/json'),
  },
  {
    id: 'snapshots.create.in-progress',
    level: 'documented',
    says: 'It answers at once, with status in_progress',
    run: async session => equal(body((await firstAsked(session)).reply).status, 'in_progress', 'status'),
  },
  {
    id: 'snapshots.create.size-null',
    level: 'documented',
    says: 'It answers with size_mb null',
    run: async session => equal(body((await firstAsked(session)).reply).size_mb, null, 'size_mb'),
  },
  {
    id: 'snapshots.create.message',
    level: 'documented',
    says: 'A message says how long it may take',
    run: async session => void text(body((await firstAsked(session)).reply).message, 'message'),
  },
  {
    id: 'snapshots.create.echo',
    level: 'documented',
    says: 'The reply shows server, name and description as they were asked for',
    run: async session => {
      const { reply, name } = await firstAsked(session)
      const { server, name: answered, description } = body(reply)
      const { id, name: serverName } = session.server
      equal(
        { server, name: answered, description },
        { server: { id, name: serverName }, name, description: DESCRIPTION },
        'the echo',
      )
    },
  },
  {
    id: 'snapshots.create.created_at',
    level: 'documented',
    says: 'created_at is the time of the request, in UTC',
    run: async session => {
      const { reply } = await firstAsked(session)
      const at = time(body(reply).created_at, 'created_at')
      // By the server's own clock. Coarse: this is about time zones, not about speed.
      const now = Date.parse(reply.headers.get('date') ?? '')
      that(
        Number.isNaN(now) || Math.abs(now - at) < 15 * 60_000,
        `about ${new Date(now).toJSON()}`,
        body(reply).created_at,
      )
    },
  },
  {
    id: 'snapshots.create.becomes-completed',
    level: 'documented',
    says: 'It goes from in_progress to completed, and stays in the list meanwhile',
    run: async session => {
      const { sightings, completed } = await first(session)
      that(completed !== undefined, 'completed, in time', sightings.at(-1)?.status)
      for (const row of sightings.slice(0, -1)) equal(row?.status, 'in_progress', 'status until then')
    },
  },
  {
    id: 'snapshots.create.listed-same',
    level: 'documented',
    says: 'The list shows what the reply showed, later with a size',
    run: async session => {
      const row = (await completedFirst(session)) as unknown as Record<string, unknown>
      const reply = body((await first(session)).reply)
      for (const key of ['id', 'server', 'name', 'created_at', 'description']) equal(row[key], reply[key], key)
    },
  },
  {
    id: 'snapshots.create.name.alphabet',
    level: 'documented',
    says: 'Letters, digits, hyphens and underscores make a name; a description may be absent',
    run: async session => status((await secondAsked(session)).reply, 201),
  },
  ...refusedNames,
  {
    id: 'snapshots.create.name.missing',
    level: 'documented',
    says: 'name is required: 400',
    run: async session => status(await session.attempt({ name: undefined }), 400),
  },
  {
    id: 'snapshots.create.server_id.missing',
    level: 'documented',
    says: 'server_id is required: 400',
    run: async session => status(await session.attempt({ server_id: undefined }), 400),
  },
  {
    id: 'snapshots.create.server_id.unknown',
    level: 'documented',
    says: 'A server that does not exist is a 404',
    run: async session => status(await session.attempt({ server_id: NOBODY }), 404),
  },
  ...refusedStrictNames,
  {
    id: 'snapshots.create.name.255-characters',
    level: 'full',
    says: 'A name may have 255 characters',
    run: async session => status(await session.attempt({ name: 'n'.repeat(255) }), 201),
  },
  {
    id: 'snapshots.create.name.not-unique',
    level: 'full',
    says: 'Names need not be unique',
    run: async session => status(await session.attempt({ name: (await first(session)).name }), 201),
  },
  ...refusedIds,
  {
    id: 'snapshots.create.server_id.digits',
    level: 'full',
    says: 'server_id may be a string of digits',
    run: async session => {
      const reply = await session.attempt({ server_id: String(session.server.id) })
      status(reply, 201)
      equal((body(reply).server as { id: unknown }).id, session.server.id, 'server.id')
    },
  },
  {
    id: 'snapshots.create.unknown-keys',
    level: 'full',
    says: 'Unknown keys in the body are ignored',
    run: async session => status(await session.attempt({ colour: 'green', id: 1, status: 'completed' }), 201),
  },
  {
    id: 'snapshots.create.description.absent',
    level: 'full',
    says: 'An absent description is ""',
    run: async session => equal(body((await secondAsked(session)).reply).description, '', 'description'),
  },
  {
    id: 'snapshots.create.description.null',
    level: 'full',
    says: 'A description of null counts as absent',
    run: async session => {
      const reply = await session.attempt({ description: null })
      status(reply, 201)
      equal(body(reply).description, '', 'description')
    },
  },
  {
    id: 'snapshots.create.description.1000',
    level: 'full',
    says: 'A description may have 1,000 characters',
    run: async session => {
      const description = 'é'.repeat(1000)
      const reply = await session.attempt({ description })
      status(reply, 201)
      equal(body(reply).description, description, 'description')
    },
  },
  {
    id: 'snapshots.create.description.1001',
    level: 'full',
    says: 'A description of 1,001 characters is a 400 that names the field',
    run: async session => invalid(await session.attempt({ description: 'd'.repeat(1001) }), 'description'),
  },
  {
    id: 'snapshots.create.description.type',
    level: 'full',
    says: 'A description that is no string is a 400 that names the field',
    run: async session => invalid(await session.attempt({ description: 5 }), 'description'),
  },
  {
    id: 'snapshots.create.operation-id',
    level: 'full',
    says: 'The header Operation-Id names the operation',
    run: async session => {
      const header = (await firstAsked(session)).reply.headers.get('operation-id')
      integer(Number(header ?? Number.NaN), 'Operation-Id')
    },
  },
  {
    id: 'snapshots.create.consistency.crash',
    level: 'full',
    says: '?consistency=crash is accepted, and the reply is as documented',
    run: async session => {
      const reply = await session.attempt({}, { query: '?consistency=crash' })
      status(reply, 201)
      keys(body(reply), [...SNAPSHOT_KEYS, 'message'])
    },
  },
  {
    id: 'snapshots.create.consistency.unknown',
    level: 'full',
    says: 'An unknown consistency is a 400 that names the parameter',
    run: async session => invalid(await session.attempt({}, { query: '?consistency=total' }), 'consistency'),
  },
  {
    id: 'snapshots.create.memory',
    level: 'full',
    says: '?memory=true is a 400 that says that this cannot be done yet',
    run: async session => problem(await session.attempt({}, { query: '?memory=true' }), 400, 'capability_missing'),
  },
  {
    id: 'snapshots.create.prefer-wait',
    level: 'full',
    says: 'Prefer: wait=N answers when it has ended, with the same status code and the then current body',
    run: async session => {
      const reply = await session.attempt({}, { headers: { prefer: 'wait=60' } })
      status(reply, 201)
      keys(body(reply), [...SNAPSHOT_KEYS, 'message'])
      equal(body(reply).status, 'completed', 'status')
      integer(body(reply).size_mb, 'size_mb')
    },
  },
  {
    id: 'snapshots.create.prefer-unknown',
    level: 'full',
    says: 'A preference that nobody knows is ignored (RFC 7240, 2)',
    run: async session => status(await session.attempt({}, { headers: { prefer: 'colour=green' } }), 201),
  },
]

/** After everything else that creates: it fills the server up. */
export const limitChecks: readonly Check[] = [
  {
    id: 'snapshots.create.limit',
    level: 'documented',
    says: 'A server has at most 5 snapshots; the next is a 400',
    run: async session => {
      const replies = await session.once('limit', () => fillUp(session))
      equal(
        replies.map(reply => reply.status),
        [201, 201, 201, 400],
        'statuses of the third to the sixth',
      )
    },
  },
  {
    id: 'snapshots.create.limit.problem',
    level: 'full',
    says: 'The 400 at the limit has a problem body with the code snapshot_limit_reached',
    run: async session =>
      problem((await session.once('limit', () => fillUp(session))).at(-1)!, 400, 'snapshot_limit_reached'),
  },
  {
    id: 'snapshots.create.limit.concurrent',
    level: 'full',
    says: 'The limit holds under concurrent creates too, and deleting gives the places back',
    run: async session => {
      await session.once('limit', () => fillUp(session))
      const replies = await Promise.all(Array.from({ length: 8 }, () => session.create()))
      const made = replies.filter(reply => reply.status < 300)
      for (const reply of made) await session.remove(`/snapshots/${body(reply).id}/`)
      equal(replies.map(reply => reply.status).sort(), [201, 201, 201, 400, 400, 400, 400, 400], 'statuses')
    },
  },
]

/** The third, fourth, fifth and sixth of a server that had none before; they are gone again when it resolves. */
async function fillUp(session: Parameters<Check['run']>[0]): Promise<Reply[]> {
  if (session.snapshotsBefore > 0) throw new Skip('the server has snapshots of its own')
  await first(session)
  await second(session)
  const replies: Reply[] = []
  for (let n = 3; n <= 6; n++) {
    const reply = await session.create()
    replies.push(reply)
    if (!session.full && reply.status < 300) {
      // A server that makes one at a time may refuse the next until then, for another reason.
      await session.poll(
        async () =>
          (await session.snapshots()).every(
            row => !row.name.startsWith(session.mark) || row.status !== 'in_progress',
          ) || undefined,
      )
    }
  }
  for (const reply of replies) if (reply.status < 300) await session.remove(`/snapshots/${body(reply).id}/`)
  return replies
}
