import { json } from '../stub/request.ts'
import { viewToken } from '../stub/views.ts'
import type { Token } from '../stub/world.ts'
import type { Fault } from '../stub.ts'
import { at, type Body, failing, instead, rowsAt, type Wrong } from './wrong.ts'

const DETAIL = 'GET /snapshots/:id/'
const OPERATION = 'GET /operations/:id/'
const TOKENS = 'POST /tokens/'
const receipt = (body: Body) => (body.receipt ?? {}) as Body
const forbidden = {
  'GET.snapshots': 'GET /snapshots/',
  'POST.snapshots': 'POST /snapshots/',
  'POST.tokens': 'POST /tokens/',
  'DELETE.snapshots.id': 'DELETE /snapshots/:id/',
  'POST.servers.id.stop': 'POST /servers/:id/stop/',
}
/** What a body must contain to be taken although it is wrong. */
const taken = {
  'no-name': '{"permissions"',
  'no-permissions': '{"name":"a"}',
  'permissions-type': '"permissions":"servers:read"',
  'expires_at-type': '"soon"',
  'unknown-permission': '"everything"',
}

export const ourWrongs: readonly Wrong[] = [
  {
    name: 'the detail lacks the description',
    ...at(DETAIL, body => delete body.description),
    fails: ['snapshots.detail'],
  },
  {
    name: 'no receipt',
    ...at(DETAIL, body => void (body.receipt = null)),
    fails: ['snapshots.detail.receipt.consistency', 'snapshots.detail.receipt.cut_at'],
  },
  {
    name: 'a receipt without what was asked for',
    ...at(DETAIL, body => delete receipt(body).requested),
    fails: ['snapshots.detail.receipt.consistency'],
  },
  {
    name: 'a receipt of a new consistency',
    ...at(DETAIL, body => void (receipt(body).achieved = 'total')),
    fails: ['snapshots.detail.receipt.consistency'],
  },
  {
    name: 'a reason where nothing is missing',
    ...at(DETAIL, body => void (receipt(body).reason = 'agent_absent')),
    fails: ['snapshots.detail.receipt.consistency'],
  },
  {
    name: 'a cut before the request',
    ...at(DETAIL, body => void (receipt(body).cut_at = '2020-01-01T00:00:00Z')),
    fails: ['snapshots.detail.receipt.cut_at'],
  },
  {
    name: 'the detail of nothing is empty',
    ...failing(404, reply => Object.assign(reply, json(200, {})), DETAIL),
    fails: ['common.404.same-body', 'common.404.foreign', 'snapshots.detail.404', 'snapshots.delete.then-detail'],
  },
  {
    name: 'an operation stops at 99 %',
    ...at(OPERATION, body => void (body.progress = 0.99)),
    fails: ['operations.detail'],
  },
  {
    name: 'operations are done',
    ...at(OPERATION, body => void (body.status = body.status === 'completed' ? 'done' : body.status)),
    fails: ['operations.detail'],
  },
  {
    name: 'operations are not listed',
    ...at('GET /operations/', body => Object.assign(body, { count: 0, results: [] })),
    fails: ['operations.list'],
  },
  {
    name: 'an unknown operation is empty',
    ...failing(404, reply => Object.assign(reply, json(200, {})), OPERATION),
    fails: ['operations.404'],
  },
]

export const tokenWrongs: readonly Wrong[] = [
  {
    name: 'a token is made with a 200',
    ...at(TOKENS, (_, reply) => void (reply.status = 200)),
    fails: ['tokens.create.201'],
  },
  { name: 'a token shows its digest', ...at(TOKENS, body => void (body.digest = 'x')), fails: ['tokens.create.keys'] },
  {
    name: 'the secret under another name',
    ...at(TOKENS, body => {
      body.secret = body.token
      delete body.token
    }),
    fails: ['tokens.create.keys', 'tokens.create.secret'],
  },
  {
    name: 'a short secret',
    ...at(TOKENS, (body, _reply, _request, { tokens }) => {
      const short = String(body.token).slice(0, 30)
      Object.assign(tokens.at(-1)!, { secret: short })
      body.token = short
    }),
    fails: ['tokens.create.secret'],
  },
  {
    name: 'a token that expires by itself',
    ...at(TOKENS, body => void (body.expires_at = '2099-01-01T00:00:00Z')),
    fails: ['tokens.create.values'],
  },
  {
    name: 'the list shows secrets',
    ...at('GET /tokens/', (body, _reply, _request, { tokens }) => {
      ;(body.results as Body[]).forEach((row, index) => {
        row.name = `${row.name} ${tokens[index]?.secret}`
      })
    }),
    fails: ['tokens.list'],
  },
  {
    name: 'the list of tokens has another key',
    ...rowsAt('GET /tokens/', row => void (row.account_id = 1)),
    fails: ['tokens.list'],
  },
  {
    name: 'account/me tells of the first token',
    ...at('GET /account/me/', (body, _reply, _request, { tokens }) => {
      Object.assign(body, { token: { name: tokens[0]!.name, permissions: tokens[0]!.permissions } })
    }),
    fails: ['tokens.me'],
  },
  {
    name: 'permissions do not grant',
    ...instead(
      ({ path, headers }, { tokens }) =>
        path.endsWith('/servers/') &&
        tokens.some(
          ({ secret, permissions }) => headers.authorization === `Bearer ${secret}` && !permissions.includes('admin'),
        ),
      () => json(403, {}),
    ),
    fails: ['tokens.permissions.granted'],
  },
  ...Object.entries(forbidden).map(
    ([what, route]): Wrong => ({
      name: `${route} is a 404 for who may not`,
      ...failing(403, reply => Object.assign(reply, { status: 404 }), route),
      fails: [`tokens.permissions.403.${what}`],
    }),
  ),
  {
    name: 'a token may have unknown keys',
    before: request => {
      if (request.path.endsWith('/tokens/') && request.body.includes('"colour"')) return json(201, { id: 1 })
      return undefined
    },
    fails: ['tokens.create.400.unknown-key'],
  },
  ...Object.entries(taken).map(
    ([what, part]): Wrong => ({
      name: `a token's body with ${what} is taken`,
      ...instead(
        ({ path, body }) => path.endsWith('/tokens/') && body.includes(part),
        () => json(201, { id: 1 }),
      ),
      fails: [`tokens.create.400.${what}`],
    }),
  ),
  {
    name: 'a secret is kept for the replay',
    ...failing(
      400,
      (reply, body) => body.code === 'token_already_created' && Object.assign(reply, json(201, { id: 1 })),
      TOKENS,
    ),
    fails: ['tokens.create.replay'],
  },
  {
    name: 'a replayed token is not named',
    ...failing(
      400,
      (_, body) => {
        if (body.code === 'token_already_created') body.detail = 'It is there.'
      },
      TOKENS,
    ),
    fails: ['tokens.create.replay'],
  },
  {
    name: 'a delete of no token is a 204',
    ...failing(
      404,
      reply => Object.assign(reply, { status: 204, headers: {}, body: undefined }),
      'DELETE /tokens/:id/',
    ),
    fails: ['tokens.delete.404'],
  },
  {
    name: 'a deleted token is shown',
    ...at('DELETE /tokens/:id/', (_, reply) => Object.assign(reply, json(200, {}))),
    fails: ['tokens.delete.204'],
  },
  {
    name: 'a delete of a token does nothing',
    ...instead(
      ({ method, path }) => method === 'DELETE' && path.includes('/tokens/') && !path.includes('2147483647'),
      () => ({ status: 204, headers: {}, body: undefined }),
    ),
    fails: ['tokens.delete.at-once', 'tokens.delete.leaves-list'],
  },
  { name: 'a deleted token works on', ...ghost('works'), fails: ['tokens.delete.at-once'] },
  { name: 'a deleted token stays in the list', ...ghost('listed'), fails: ['tokens.delete.leaves-list'] },
]

/** What is left of the last deleted token. */
function ghost(how: 'works' | 'listed'): Fault {
  let gone: Token | undefined
  return {
    before: ({ method, path, headers }, world) => {
      if (how === 'works' && gone && headers.authorization === `Bearer ${gone.secret}`) return json(200, {})
      gone = (method === 'DELETE' && world.tokens.find(({ id }) => path.endsWith(`/tokens/${id}/`))) || gone
      return undefined
    },
    after: (reply, request) => {
      if (how === 'listed' && gone && request.route === 'GET /tokens/')
        (reply.body as { results: unknown[] }).results.push(viewToken(gone))
    },
  }
}
