import { randomUUID } from 'node:crypto'
import { type Check, Skip } from '../check.ts'
import { array, equal, integer, invalid, keys, matches, object, problem, status, that, time } from '../expect.ts'
import { NOBODY, readToken, tokenAsked } from '../fixtures.ts'
import { rows, type Session } from '../session.ts'

const TOKEN_KEYS = ['id', 'name', 'permissions', 'created_at', 'expires_at', 'last_used_at']

const bodies: Record<string, { body: Record<string, unknown>; field: string }> = {
  'unknown-key': { body: { name: 'a', permissions: ['servers:read'], colour: 'green' }, field: 'colour' },
  'no-name': { body: { permissions: ['servers:read'] }, field: 'name' },
  'no-permissions': { body: { name: 'a' }, field: 'permissions' },
  'permissions-type': { body: { name: 'a', permissions: 'servers:read' }, field: 'permissions' },
  'expires_at-type': { body: { name: 'a', permissions: ['servers:read'], expires_at: 'soon' }, field: 'expires_at' },
}

export const tokenChecks: readonly Check[] = [
  {
    id: 'tokens.create.201',
    level: 'full',
    says: 'POST /tokens/ answers 201',
    run: async session => status((await tokenAsked(session)).reply, 201),
  },
  {
    id: 'tokens.create.keys',
    level: 'full',
    says: 'The reply is the token as it is listed, and the secret',
    run: async session => keys((await tokenAsked(session)).reply.json, [...TOKEN_KEYS, 'token']),
  },
  {
    id: 'tokens.create.secret',
    level: 'full',
    says: 'The secret is rp_ and 43 characters',
    run: async session =>
      matches(((await tokenAsked(session)).reply.json as { token?: unknown }).token, /^rp_[A-Za-z0-9_-]{43}$/, 'token'),
  },
  {
    id: 'tokens.create.values',
    level: 'full',
    says: 'The reply shows name and permissions as they were asked for, and no expiry where none was',
    run: async session => {
      const { reply, name } = await tokenAsked(session)
      const json = object(reply.json, 'the reply')
      equal(
        [json.name, json.permissions, json.expires_at],
        [name, ['servers:read'], null],
        'name, permissions, expires_at',
      )
      time(json.created_at, 'created_at')
    },
  },
  {
    id: 'tokens.list',
    level: 'full',
    says: 'GET /tokens/ lists the token, without its secret',
    run: async session => {
      const { id, secret } = await readToken(session)
      const reply = await session.client.get('/tokens/')
      status(reply, 200)
      keys(reply.json, ['count', 'results'])
      const row = rows<{ id: unknown }>(reply).find(each => each.id === id)
      keys(row, TOKEN_KEYS)
      that(
        !reply.text.includes(secret) && !reply.text.includes(secret.slice(3)),
        'no secret',
        'the secret is in the list',
      )
    },
  },
  {
    id: 'tokens.me',
    level: 'full',
    says: 'account/me tells the name and permissions of the token that asks, whatever it may do',
    run: async session => {
      const { name, secret } = await readToken(session)
      const reply = await session.client.get('/account/me/', { token: secret })
      status(reply, 200)
      equal((reply.json as { token?: unknown }).token, { name, permissions: ['servers:read'] }, 'token')
    },
  },
  {
    id: 'tokens.permissions.granted',
    level: 'full',
    says: 'A token may do what its permissions say',
    run: async session =>
      status(await session.client.get('/servers/', { token: (await readToken(session)).secret }), 200),
  },
  ...(
    [
      ['GET', '/snapshots/'],
      ['POST', '/snapshots/'],
      ['POST', '/tokens/'],
      ['DELETE', `/snapshots/${NOBODY}/`],
      ['POST', `/servers/${NOBODY}/stop/`],
    ] as const
  ).map(
    ([method, path]): Check => ({
      id: `tokens.permissions.403.${method}.${path.replace(String(NOBODY), 'id').slice(1, -1).replaceAll('/', '.')}`,
      level: 'full',
      says: `A token without the permission gets a 403 for ${method} ${path.replace(String(NOBODY), '{id}')}`,
      run: async session => {
        const { secret } = await readToken(session)
        const body = method === 'POST' ? { server_id: NOBODY, name: 'a', permissions: ['admin'] } : undefined
        problem(await session.client.send(method, path, { token: secret, body }), 403, 'permission_denied')
      },
    }),
  ),
  ...Object.entries(bodies).map(
    ([what, { body, field }]): Check => ({
      id: `tokens.create.400.${what}`,
      level: 'full',
      says: `A token's body with a wrong ${field} is a 400 that names it; unknown keys are refused on our own routes`,
      run: async session => {
        await readToken(session)
        invalid(session.keepTrack(await session.client.post('/tokens/', body), '/tokens'), field)
      },
    }),
  ),
  {
    id: 'tokens.create.400.unknown-permission',
    level: 'full',
    says: 'A permission that does not exist is a 400 with errors',
    run: async session => {
      await readToken(session)
      const body = { name: session.name(), permissions: ['everything'] }
      const reply = session.keepTrack(await session.client.post('/tokens/', body), '/tokens')
      problem(reply, 400, 'invalid_request')
      const named = Object.keys(object((reply.json as { errors: unknown }).errors, 'errors'))
      that(
        named.some(key => key.startsWith('permissions')),
        'errors for permissions',
        named,
      )
    },
  },
  {
    id: 'tokens.create.replay',
    level: 'full',
    says: "A token's creation replays as a 400 with the token's id, because the secret is not kept",
    run: async session => {
      await readToken(session)
      const headers = { 'idempotency-key': randomUUID() }
      const body = { name: session.name(), permissions: ['servers:read'] }
      const made = session.keepTrack(await session.client.post('/tokens/', body, { headers }), '/tokens')
      const id = integer((made.json as { id?: unknown }).id, 'id')
      const replay = session.keepTrack(await session.client.post('/tokens/', body, { headers }), '/tokens')
      status(replay, 400)
      equal((replay.json as { code?: unknown }).code, 'token_already_created', 'code')
      that(replay.text.includes(String(id)), `the id ${id}`, replay.json)
      await session.remove(`/tokens/${id}/`)
    },
  },
  {
    id: 'tokens.delete.404',
    level: 'full',
    says: 'Deleting a token that does not exist is a 404 with a problem body',
    run: async session => {
      await readToken(session)
      problem(await session.client.delete(`/tokens/${NOBODY}/`), 404, 'not_found')
    },
  },
  {
    id: 'tokens.delete.204',
    level: 'full',
    says: 'DELETE /tokens/{id}/ answers 204, without a body',
    run: async session => {
      const { reply } = await revoked(session)
      status(reply, 204)
      equal(reply.text, '', 'the body')
    },
  },
  {
    id: 'tokens.delete.at-once',
    level: 'full',
    says: 'A deleted token is refused at once',
    run: async session => status((await revoked(session)).use, 401),
  },
  {
    id: 'tokens.delete.leaves-list',
    level: 'full',
    says: 'A deleted token has left the list',
    run: async session => {
      const { id } = await revoked(session)
      const ids = array(
        (await session.client.get('/tokens/')).json && rows(await session.client.get('/tokens/')),
        'results',
      )
      that(!ids.some(row => (row as { id: unknown }).id === id), `no ${id}`, ids)
    },
  },
]

const revoked = (session: Session) =>
  session.once('revoked', async () => {
    const { id, secret } = await readToken(session)
    if ((await session.client.get('/account/me/', { token: secret })).status !== 200)
      throw new Skip('the token never worked')
    const reply = await session.client.delete(`/tokens/${id}/`)
    return { id, reply, use: await session.client.get('/account/me/', { token: secret }) }
  })
