import { type Check, Skip } from '../check.ts'
import type { Reply } from '../client.ts'
import { contentType, equal, problem, show, status, that } from '../expect.ts'
import { listed, NOBODY } from '../fixtures.ts'
import type { Session } from '../session.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const TOO_LARGE = 70 * 1024

/** Every documented route, for what must hold on all of them. */
const routes = {
  'snapshots.list': ['GET', '/snapshots/'],
  'snapshots.create': ['POST', '/snapshots/'],
  'snapshots.restore': ['POST', `/snapshots/${NOBODY}/restore/`],
  'snapshots.delete': ['DELETE', `/snapshots/${NOBODY}/`],
  'servers.list': ['GET', '/servers/'],
  'account.me': ['GET', '/account/me/'],
} as const

const withoutToken = Object.entries(routes).map(
  ([name, [method, path]]): Check => ({
    id: `common.401.no-token.${name}`,
    level: 'documented',
    says: `${method} ${path} without a token is a 401`,
    run: async session => status(await session.client.send(method, path, { token: null }), 401),
  }),
)

const withoutSlash = ['/snapshots', '/servers', '/account/me'].map(
  (path): Check => ({
    id: `common.no-trailing-slash.${path.slice(1).replace('/', '.')}`,
    level: 'full',
    says: `GET ${path} without the slash works just the same, and is no redirect`,
    run: async session => {
      const reply = await session.client.get(path)
      status(reply, 200)
      equal(reply.json, (await session.client.get(`${path}/`)).json)
    },
  }),
)

export const commonChecks: readonly Check[] = [
  ...withoutToken,
  {
    id: 'common.401.bad-token',
    level: 'documented',
    says: 'A token that does not exist is a 401',
    run: async session => status(await session.client.get('/snapshots/', { token: `rp_${'x'.repeat(43)}` }), 401),
  },
  {
    id: 'common.401.www-authenticate',
    level: 'full',
    says: 'A 401 carries WWW-Authenticate: Bearer',
    run: async session => {
      const { headers } = await session.client.get('/snapshots/', { token: null })
      that(/^Bearer\b/.test(headers.get('www-authenticate') ?? ''), 'Bearer …', headers.get('www-authenticate'))
    },
  },
  {
    id: 'common.401.problem',
    level: 'full',
    says: 'A 401 has a problem body',
    run: async session => problem(await session.client.get('/snapshots/', { token: null }), 401),
  },
  {
    id: 'common.401.before-body',
    level: 'full',
    says: 'Who somebody is comes before what is wrong with the body',
    run: async session => status(await session.client.post('/snapshots/', '{', { token: 'rp_nobody' }), 401),
  },
  {
    id: 'common.401.scheme-case',
    level: 'full',
    says: 'The scheme is case-insensitive (RFC 9110, 11.1)',
    run: async session => {
      const headers = { authorization: `bearer ${session.options.token}` }
      status(await session.client.get('/account/me/', { headers }), 200)
    },
  },
  {
    id: 'common.content-type.get',
    level: 'documented',
    says: 'Content-Type: application/json on a GET does not make it fail',
    run: async session => status(await session.client.get('/snapshots/', { headers: JSON_TYPE }), 200),
  },
  {
    id: 'common.content-type.delete',
    level: 'documented',
    says: 'Content-Type: application/json on a DELETE does not make it fail',
    run: async session => status(await session.client.delete(`/snapshots/${NOBODY}/`, { headers: JSON_TYPE }), 404),
  },
  {
    id: 'common.content-type.empty-post',
    level: 'documented',
    says: 'Content-Type: application/json on a POST without a body does not make it fail',
    run: async session =>
      status(await session.client.post(`/snapshots/${NOBODY}/restore/`, undefined, { headers: JSON_TYPE }), 404),
  },
  {
    id: 'common.content-type.replies',
    level: 'documented',
    says: 'Replies are application/json',
    run: async session => {
      const { all, servers } = await listed(session)
      for (const reply of [all, servers]) contentType(reply, 'application/json')
    },
  },
  ...withoutSlash,
  {
    id: 'common.no-trailing-slash.post',
    level: 'full',
    says: 'A POST without the slash reaches the same route',
    run: async session => {
      const reply = await posted(session, '/snapshots', { name: session.name() })
      equal(reply.json, (await posted(session, '/snapshots/', { name: session.name() })).json)
      status(reply, 400)
    },
  },
  {
    id: 'common.404.unknown-path',
    level: 'full',
    says: 'A path that does not exist is a 404 with a problem body',
    run: async session => problem(await session.client.get('/nothing/'), 404),
  },
  {
    id: 'common.404.same-body',
    level: 'full',
    says: 'A 404 is the same for every id that nobody has',
    run: async session => sameNotFound(session, NOBODY - 1),
  },
  {
    id: 'common.404.foreign',
    level: 'full',
    says: "Somebody else's snapshot is a 404 with the same body as one that never existed",
    run: async session => {
      if (session.options.foreignId === undefined) throw new Skip('no --foreign-id was given')
      await sameNotFound(session, session.options.foreignId)
    },
  },
  {
    id: 'common.405',
    level: 'full',
    says: 'A method that a path does not have is a 405 with a problem body',
    run: async session => problem(await session.client.send('PUT', '/snapshots/', { body: {} }), 405),
  },
  {
    id: 'common.405.allow',
    level: 'full',
    says: 'A 405 names the methods in Allow (RFC 9110, 15.5.6)',
    run: async session => {
      const { headers } = await session.client.send('PUT', '/snapshots/', { body: {} })
      const allowed = (headers.get('allow') ?? '').split(',').map(method => method.trim())
      that(allowed.includes('GET') && allowed.includes('POST'), 'Allow with GET and POST', headers.get('allow'))
    },
  },
  {
    id: 'common.413',
    level: 'full',
    says: 'A body of more than 64 KiB is a 413 with a problem body',
    run: async session => {
      const body = { server_id: session.server.id, name: '', description: 'x'.repeat(TOO_LARGE) }
      // The server may close the connection before it has read everything, and the reply may be lost with it.
      const reply = await session.poll(() => posted(session, '/snapshots/', body).catch(() => undefined))
      that(reply !== undefined, '413', 'a closed connection')
      problem(reply, 413)
    },
  },
  {
    id: 'common.415',
    level: 'full',
    says: 'A body that is not JSON by its type is a 415 with a problem body',
    run: async session => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      problem(await session.client.post('/snapshots/', 'server_id=1&name=a', { headers }), 415)
    },
  },
  {
    id: 'common.400.malformed-json',
    level: 'full',
    says: 'A body that is not JSON by its content is a 400 with a problem body',
    run: async session => problem(await posted(session, '/snapshots/', '{"server_id": '), 400),
  },
  {
    id: 'common.400.not-an-object',
    level: 'documented',
    says: 'A body that is no object has invalid parameters: 400',
    run: async session => status(await posted(session, '/snapshots/', [1]), 400),
  },
]

/** The reply with every id made the same. */
async function sameNotFound(session: Session, id: number): Promise<void> {
  for (const [method, path] of [
    ['DELETE', '/snapshots/:id/'],
    ['POST', '/snapshots/:id/restore/'],
    ['GET', '/snapshots/:id/'],
  ] as const) {
    const [one, other] = await Promise.all(
      [id, NOBODY].map(async each => {
        const reply = await session.client.send(method, path.replace(':id', String(each)))
        return `${reply.status} ${reply.text.replaceAll(String(each), 'ID')}`
      }),
    )
    that(one === other && other?.startsWith('404 ') === true, `${method}: ${show(other)}, and that a 404`, one)
  }
}

/** What must be refused; where it is not, it must go again. */
async function posted(session: Session, path: string, body: unknown): Promise<Reply> {
  return session.keepTrack(await session.client.post(path, body), '/snapshots')
}
