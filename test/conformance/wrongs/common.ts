import { Problem } from '../stub/problems.ts'
import { json, type StubRequest } from '../stub/request.ts'
import { at, type Body, failing, instead, NO_FILTERS, type Wrong } from './wrong.ts'

const ME = 'GET /account/me/'
const part = (body: Body, key: string) => body[key] as Body
const hasNoBody = ({ body }: StubRequest) => body.length === 0
const isJson = ({ headers }: StubRequest) => headers['content-type'] === 'application/json'
const refuse =
  (code: string, extra = {}) =>
  () =>
    new Problem(code, 'No.', extra).reply

export const accountWrongs: readonly Wrong[] = [
  {
    name: 'account/me as text',
    ...at(ME, (_, reply) => void (reply.headers['content-type'] = 'text/plain')),
    fails: ['account.me.200'],
  },
  { name: 'an extra key in account/me', ...at(ME, body => void (body.limits = {})), fails: ['account.me.keys'] },
  {
    name: 'the id of the account',
    ...at(ME, body => void (part(body, 'account').id = 1)),
    fails: ['account.me.account'],
  },
  {
    name: 'no address of the account',
    ...at(ME, body => void (part(body, 'account').email = '')),
    fails: ['account.me.account'],
  },
  {
    name: 'the account since a time',
    ...at(ME, body => void (part(body, 'account').created_at = '2025-01-15T18:30:00Z')),
    fails: ['account.me.created_at'],
  },
  {
    name: 'permissions as a string',
    ...at(ME, body => void (part(body, 'token').permissions = 'admin')),
    fails: ['account.me.token', 'tokens.me'],
  },
  {
    name: 'the id of the token',
    ...at(ME, body => void (part(body, 'token').id = 1)),
    fails: ['account.me.token', 'tokens.me'],
  },
]

export const commonWrongs: readonly Wrong[] = [
  ...(
    [
      ['snapshots.list', 'GET', /^\/api\/v1\/snapshots\/$/],
      ['snapshots.create', 'POST', /^\/api\/v1\/snapshots\/$/],
      ['snapshots.restore', 'POST', /\/restore\/$/],
      ['snapshots.delete', 'DELETE', /^\/api\/v1\/snapshots\/\d+\/$/],
      ['servers.list', 'GET', /^\/api\/v1\/servers\/$/],
      ['account.me', 'GET', /\/account\/me\/$/],
    ] as const
  ).map(
    ([route, method, path]): Wrong => ({
      name: `${route} asks nobody for a token`,
      ...instead(
        request => request.method === method && path.test(request.path) && !request.headers.authorization,
        () => json(200, {}),
      ),
      fails: [
        `common.401.no-token.${route}`,
        ...(route === 'snapshots.list' ? ['common.401.www-authenticate', 'common.401.problem'] : []),
      ],
    }),
  ),
  {
    name: 'a token that does not exist is a 403',
    after: (reply, { headers }) => {
      if (reply.status === 401 && headers.authorization) reply.status = 403
    },
    fails: ['common.401.bad-token', 'common.401.before-body', 'tokens.delete.at-once'],
  },
  {
    name: 'a 401 without WWW-Authenticate',
    ...failing(401, ({ headers }) => delete headers['www-authenticate']),
    fails: ['common.401.www-authenticate'],
  },
  { name: 'a 401 without detail', ...failing(401, (_, body) => delete body.detail), fails: ['common.401.problem'] },
  {
    name: 'a 401 in plain JSON',
    ...failing(401, ({ headers }) => void (headers['content-type'] = 'application/json')),
    fails: ['common.401.problem'],
  },
  {
    name: 'the body is read before the token',
    ...instead(({ body }) => body.toString() === '{', refuse('invalid_request')),
    fails: ['common.401.before-body'],
  },
  {
    name: 'the scheme must be Bearer to the letter',
    ...instead(({ headers }) => /^bearer/.test(String(headers.authorization)), refuse('unauthenticated')),
    fails: ['common.401.scheme-case'],
  },
  {
    name: 'a GET with a type fails',
    ...instead(request => request.method === 'GET' && isJson(request), refuse('invalid_request')),
    fails: ['common.content-type.get'],
  },
  {
    name: 'a DELETE with a type and no body fails',
    ...instead(
      request => request.method === 'DELETE' && isJson(request) && hasNoBody(request),
      refuse('invalid_request'),
    ),
    fails: [
      'common.content-type.delete',
      'snapshots.delete.204',
      'snapshots.delete.empty',
      'snapshots.delete.leaves-list',
      'snapshots.delete.leaves-list-at-once',
      'snapshots.delete.again',
    ],
  },
  {
    name: 'a POST with a type and no body fails',
    ...instead(
      request => request.method === 'POST' && isJson(request) && hasNoBody(request),
      refuse('invalid_request'),
    ),
    fails: ['common.content-type.empty-post'],
  },
  {
    name: 'lists are text',
    after: (reply, { route }) => {
      if (route === 'GET /snapshots/' && reply.status === 200) reply.headers['content-type'] = 'text/json'
    },
    fails: ['common.content-type.replies'],
  },
  ...['/snapshots', '/servers', '/account/me'].map(
    (path): Wrong => ({
      name: `${path} is redirected`,
      ...noSlash(path, 'GET'),
      fails: [`common.no-trailing-slash.${path.slice(1).replace('/', '.')}`],
    }),
  ),
  {
    name: 'a POST without the slash is redirected',
    ...noSlash('/snapshots', 'POST'),
    fails: ['common.no-trailing-slash.post'],
  },
  {
    name: 'an unknown path is a page',
    ...instead(
      ({ path }) => path.includes('/nothing/'),
      () => ({ status: 404, headers: { 'content-type': 'text/html' }, body: '<html>' }),
    ),
    fails: ['common.404.unknown-path'],
  },
  {
    name: 'a 404 names the id differently for each',
    after: (reply, { id }) => {
      if (reply.status === 404 && id === '2147483646') (reply.body as Body).detail = 'It was never there.'
    },
    fails: ['common.404.same-body'],
  },
  {
    name: "somebody else's snapshot is a 403",
    ...instead(({ path }) => /\/snapshots\/900\//.test(path), refuse('permission_denied')),
    fails: ['common.404.foreign'],
  },
  {
    name: 'an unknown method is a 404',
    ...failing(405, (reply, body) => Object.assign(reply, { status: 404, body: { ...body, status: 404 } })),
    fails: ['common.405'],
  },
  { name: 'a 405 without Allow', ...failing(405, ({ headers }) => delete headers.allow), fails: ['common.405.allow'] },
  { name: 'a large body is a 400', ...failing(413, reply => void (reply.status = 400)), fails: ['common.413'] },
  { name: 'a form is a 400', ...failing(415, reply => void (reply.status = 400)), fails: ['common.415'] },
  { name: 'a form is a 415 without code', ...failing(415, (_, body) => delete body.code), fails: ['common.415'] },
  {
    name: 'a broken body is a 422',
    ...failing(400, (reply, body) => !body.errors && body.code === 'invalid_request' && (reply.status = 422)),
    fails: ['common.400.malformed-json'],
  },
  {
    name: 'a broken body is told with a stack',
    ...failing(400, (_, body) => {
      if (!body.errors && body.code === 'invalid_request') body.stack = 'at …'
    }),
    fails: ['common.400.malformed-json'],
  },
  {
    name: 'an array is an empty object',
    ...instead(
      ({ body }) => body.toString() === '[1]',
      () => json(201, {}),
    ),
    fails: ['common.400.not-an-object'],
  },
  {
    name: 'errors is a list',
    ...failing(400, (_, body) => {
      if (body.errors) body.errors = Object.keys(body.errors)
    }),
    fails: [
      'snapshots.create.name.newline',
      'snapshots.create.name.fullwidth-digit',
      'snapshots.create.name.homoglyph',
      'snapshots.create.name.256-characters',
      'snapshots.create.name.number',
      'snapshots.create.name.null',
      'snapshots.create.server_id.zero',
      'snapshots.create.server_id.negative',
      'snapshots.create.server_id.fraction',
      'snapshots.create.server_id.past-2^53',
      'snapshots.create.server_id.word',
      'snapshots.create.server_id.fraction-string',
      'snapshots.create.server_id.empty-string',
      'snapshots.create.server_id.boolean',
      'snapshots.create.server_id.null',
      'snapshots.create.server_id.array',
      'snapshots.create.server_id.object',
      'snapshots.create.description.1001',
      'snapshots.create.description.type',
      'snapshots.create.consistency.unknown',
      ...NO_FILTERS,
      'paging.limit=*',
      'paging.offset=*',
      'tokens.create.400.*',
    ],
  },
  {
    name: 'the service is not well',
    ...instead(
      ({ path }) => path === '/healthz/',
      () => json(503, {}),
    ),
    fails: ['service.healthz'],
  },
  {
    name: 'the service is not ready',
    ...instead(
      ({ path }) => path === '/readyz/',
      () => json(503, {}),
    ),
    fails: ['service.readyz'],
  },
  {
    name: 'an OpenAPI of yesterday',
    ...at('GET /openapi.json/', body => void (body.openapi = '3.0.3')),
    fails: ['service.openapi'],
  },
]

/** A redirect to the path with the slash. */
function noSlash(path: string, method: string): Pick<Wrong, 'before'> {
  return instead(
    request => request.method === method && request.target === `/api/v1${path}`,
    () => ({ status: 308, headers: { location: `/api/v1${path}/` }, body: undefined }),
  )
}
