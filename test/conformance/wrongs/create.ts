import { badIds, badNames, strictlyBadNames } from '../checks/create.ts'
import { BODY_LIMIT } from '../stub/answer.ts'
import { Problem } from '../stub/problems.ts'
import { makeWorld } from '../stub/world.ts'
import { at, type Body, failing, instead, rowsAt, sent, type Wrong } from './wrong.ts'

const CREATE = 'POST /snapshots/'
const isCreate = ({ method, path }: { method: string; path: string }) =>
  method === 'POST' && path === '/api/v1/snapshots/'
const refuse =
  (code: string, extra = {}) =>
  () =>
    new Problem(code, 'No.', extra).reply
const named = (field: string) => refuse('invalid_request', { errors: { [field]: ['No.'] } })

/** Lets through what the stub would refuse, by making the body a good one first. */
const lenient = (
  field: string,
  value: unknown,
  when: (value: unknown, body: Body) => boolean,
): Pick<Wrong, 'before'> => ({
  before: request => {
    if (!isCreate(request) || request.body.length > BODY_LIMIT || !request.body.includes('}')) return undefined
    const body = sent(request)
    if (when(body[field], body))
      Object.assign(request, { body: Buffer.from(JSON.stringify({ ...body, [field]: value })) })
    return undefined
  },
})
const isText = (value: unknown) => typeof value === 'string'
const isLong = (value: unknown, length: number) => isText(value) && String(value).length > length

export const createWrongs: readonly Wrong[] = [
  {
    name: '200 instead of 201',
    ...at(CREATE, (_, reply) => void (reply.status = 200)),
    fails: [
      'snapshots.create.201',
      'snapshots.create.name.alphabet',
      'snapshots.create.name.255-characters',
      'snapshots.create.name.not-unique',
      'snapshots.create.server_id.digits',
      'snapshots.create.unknown-keys',
      'snapshots.create.description.null',
      'snapshots.create.description.1000',
      'snapshots.create.consistency.crash',
      'snapshots.create.prefer-wait',
      'snapshots.create.prefer-unknown',
      'idempotency.replay',
      'idempotency.new-key',
      'snapshots.create.limit',
      'snapshots.create.limit.concurrent',
    ],
  },
  {
    name: '202 for the first, which is slow',
    ...at(CREATE, (body, reply) => void (reply.status = body.description === '' ? 201 : 202)),
    fails: ['snapshots.create.201', 'snapshots.create.description.1000'],
  },
  {
    name: 'no message',
    ...at(CREATE, body => delete body.message),
    fails: [
      'snapshots.create.201-body-keys',
      'snapshots.create.message',
      'snapshots.create.consistency.crash',
      'snapshots.create.prefer-wait',
    ],
  },
  { name: 'an empty message', ...at(CREATE, body => void (body.message = '')), fails: ['snapshots.create.message'] },
  {
    name: 'an extra key in the reply',
    ...at(CREATE, body => void (body.operation_id = 1)),
    fails: ['snapshots.create.201-body-keys', 'snapshots.create.consistency.crash', 'snapshots.create.prefer-wait'],
  },
  {
    name: 'a reply without its JSON type',
    ...at(CREATE, (_, reply) => void (reply.headers['content-type'] = 'text/html')),
    fails: ['snapshots.create.content-type'],
  },
  {
    name: 'status pending',
    ...at(CREATE, body => void (body.status = 'pending')),
    fails: ['snapshots.create.in-progress', 'snapshots.create.prefer-wait'],
  },
  {
    name: 'a size in the reply',
    ...at(CREATE, body => void (body.size_mb = 0)),
    fails: ['snapshots.create.size-null', 'snapshots.create.prefer-wait'],
  },
  {
    name: 'the name in lower case',
    ...at(CREATE, body => void (body.name = String(body.name).toUpperCase())),
    fails: ['snapshots.create.echo', 'snapshots.create.listed-same'],
  },
  {
    name: 'the description is not in the reply',
    ...at(CREATE, body => void (body.description = '')),
    fails: ['snapshots.create.echo', 'snapshots.create.listed-same', 'snapshots.create.description.1000'],
  },
  {
    name: 'the description loses its accents',
    ...at(CREATE, body => void (body.description = String(body.description).replaceAll('ï', 'i'))),
    fails: ['snapshots.create.echo', 'snapshots.create.listed-same'],
  },
  {
    name: 'the local time called UTC',
    ...at(CREATE, body => void (body.created_at = '2026-01-01T12:00:00Z')),
    fails: ['snapshots.create.created_at', 'snapshots.create.listed-same'],
  },
  {
    name: 'it never completes',
    ...rowsAt(
      'GET /snapshots/',
      row => /-1$/.test(String(row.name)) && Object.assign(row, { status: 'in_progress', size_mb: null }),
    ),
    timeoutMs: 200,
    fails: ['snapshots.create.becomes-completed'],
  },
  {
    name: 'it is pending before it is completed',
    ...rowsAt('GET /snapshots/', row => void (row.status = row.status === 'in_progress' ? 'queued' : row.status)),
    fails: ['snapshots.create.becomes-completed'],
  },
  {
    name: 'the list shows another description',
    ...rowsAt('GET /snapshots/', row => void (row.description = `${row.description} `)),
    fails: ['snapshots.create.listed-same', 'snapshots.detail'],
  },
  {
    name: 'names without upper case',
    ...instead(request => isCreate(request) && /[A-Z]/.test(String(sent(request).name)), named('name')),
    fails: ['snapshots.create.name.alphabet', 'snapshots.create.description.absent', 'paging.link.filter'],
  },
  ...Object.entries({ ...badNames, ...strictlyBadNames }).map(
    ([what, name]): Wrong => ({
      name: `the name ${JSON.stringify(name).slice(0, 30)} is taken`,
      ...lenient('name', 'taken', value => value === name),
      fails: [`snapshots.create.name.${what}`],
    }),
  ),
  {
    name: 'names of 64 characters at most',
    ...instead(request => isCreate(request) && isLong(sent(request).name, 64), named('name')),
    fails: ['snapshots.create.name.255-characters'],
  },
  {
    name: 'a name is not required',
    ...lenient('name', 'taken', value => value === undefined),
    fails: ['snapshots.create.name.missing'],
  },
  {
    name: 'a server_id is not required',
    ...lenient('server_id', 1, value => value === undefined),
    fails: [
      'snapshots.create.server_id.missing',
      'common.no-trailing-slash.post',
      'idempotency.new-key',
      'snapshots.create.limit',
      'snapshots.create.limit.concurrent',
    ],
  },
  {
    name: 'an unknown server is a 400',
    ...failing(404, reply => Object.assign(reply, named('server_id')()), CREATE),
    fails: ['snapshots.create.server_id.unknown'],
  },
  {
    name: 'an error that names the wrong field',
    ...failing(400, (_, body) => {
      const errors = body.errors as Body | undefined
      if (errors?.name) body.errors = { Name: errors.name }
    }),
    fails: [
      'snapshots.create.name.newline',
      'snapshots.create.name.fullwidth-digit',
      'snapshots.create.name.homoglyph',
      'snapshots.create.name.256-characters',
      'snapshots.create.name.number',
      'snapshots.create.name.null',
      'tokens.create.400.no-name',
    ],
  },
  {
    name: 'names are unique',
    before: (request, world) =>
      isCreate(request) && world.snapshots.some(({ name }) => name === sent(request).name)
        ? named('name')()
        : undefined,
    fails: ['snapshots.create.name.not-unique', 'idempotency.replay', 'idempotency.new-key'],
  },
  ...Object.entries(badIds).map(
    ([what, id]): Wrong => ({
      name: `the server_id ${JSON.stringify(id)} is taken for 1`,
      ...lenient('server_id', 1, value => JSON.stringify(value) === JSON.stringify(id)),
      fails: [`snapshots.create.server_id.${what}`],
    }),
  ),
  {
    name: 'a server_id must be a number',
    ...instead(request => isCreate(request) && isText(sent(request).server_id), named('server_id')),
    fails: ['snapshots.create.server_id.digits'],
  },
  {
    name: 'unknown keys are refused',
    ...instead(request => isCreate(request) && 'colour' in sent(request), named('colour')),
    fails: ['snapshots.create.unknown-keys'],
  },
  {
    name: 'an absent description is null',
    ...at(CREATE, body => void (body.description = body.description === '' ? null : body.description)),
    fails: ['snapshots.create.description.absent', 'snapshots.create.description.null'],
  },
  {
    name: 'a description of null is refused',
    ...instead(request => isCreate(request) && sent(request).description === null, named('description')),
    fails: ['snapshots.create.description.null'],
  },
  {
    name: 'a description of 255 characters at most',
    ...instead(request => isCreate(request) && isLong(sent(request).description, 255), named('description')),
    fails: ['snapshots.create.description.1000', 'common.413'],
  },
  {
    name: 'descriptions of any length',
    ...lenient('description', '', value => isLong(value, 1000)),
    fails: ['snapshots.create.description.1001'],
  },
  {
    name: 'descriptions of any type',
    ...lenient('description', '', value => typeof value === 'number'),
    fails: ['snapshots.create.description.type'],
  },
  {
    name: 'no Operation-Id on a create',
    ...at(CREATE, (_, reply) => delete reply.headers['operation-id']),
    fails: ['snapshots.create.operation-id'],
  },
  {
    name: 'no ?consistency=crash',
    ...instead(({ query }) => query.get('consistency') === 'crash', named('consistency')),
    fails: ['snapshots.create.consistency.crash'],
  },
  {
    name: 'any ?consistency=',
    before: ({ query }) => void (query.get('consistency') === 'total' && query.delete('consistency')),
    fails: ['snapshots.create.consistency.unknown'],
  },
  {
    name: '?memory=true is ignored',
    before: ({ query }) => void query.delete('memory'),
    fails: ['snapshots.create.memory'],
  },
  {
    name: 'Prefer: wait is ignored',
    before: ({ headers }) => void delete headers.prefer,
    fails: ['snapshots.create.prefer-wait'],
  },
  {
    name: 'Prefer: wait answers 200',
    ...at(CREATE, (_, reply, { headers }) => void (reply.status = headers.prefer === 'wait=60' ? 200 : 201)),
    fails: ['snapshots.create.prefer-wait'],
  },
  {
    name: 'an unknown preference is refused',
    ...instead(({ headers }) => headers.prefer === 'colour=green', refuse('invalid_request')),
    fails: ['snapshots.create.prefer-unknown'],
  },
  {
    name: 'six snapshots a server',
    world: () => makeWorld(6),
    fails: ['snapshots.create.limit', 'snapshots.create.limit.problem', 'snapshots.create.limit.concurrent'],
  },
  {
    name: 'four snapshots a server',
    world: () => makeWorld(4),
    fails: ['snapshots.create.limit', 'snapshots.create.limit.concurrent'],
  },
  {
    name: 'the limit is a 403',
    ...failing(400, (reply, body) => body.code === 'snapshot_limit_reached' && (reply.status = 403)),
    fails: ['snapshots.create.limit', 'snapshots.create.limit.problem', 'snapshots.create.limit.concurrent'],
  },
  {
    name: 'the limit has no code of its own',
    ...failing(400, (_, body) => {
      if (body.code === 'snapshot_limit_reached') body.code = 'invalid_request'
    }),
    fails: ['snapshots.create.limit.problem'],
  },
]

const isReplay = ({ headers }: { headers: Body }) => headers['idempotency-key'] !== undefined

export const idempotencyWrongs: readonly Wrong[] = [
  {
    name: 'Idempotency-Key is ignored',
    before: request => {
      delete request.headers['idempotency-key']
      return undefined
    },
    fails: [
      'idempotency.replay',
      'idempotency.one-effect',
      'idempotency.mismatch',
      'idempotency.new-key',
      'idempotency.replay-after-delete',
      'snapshots.create.limit',
      'snapshots.create.limit.concurrent',
      'tokens.create.replay',
      'snapshots.restore.replay',
    ],
  },
  {
    name: 'Idempotency-Key is kept for every request alike',
    before: request => {
      if (isCreate(request) && isReplay(request)) request.headers['idempotency-key'] = 'same'
      return undefined
    },
    fails: ['idempotency.new-key'],
  },
  {
    name: 'another request with the same key is answered as the first',
    ...failing(400, (reply, body) => {
      if (body.code === 'idempotency_key_reused') Object.assign(reply, { status: 201 })
    }),
    fails: ['idempotency.mismatch'],
  },
  {
    name: 'a replay is a 200',
    after: (() => {
      const seen = new Set<string>()
      return (reply, request) => {
        const key = String(request.headers['idempotency-key'] ?? '')
        if (isCreate(request) && seen.has(key) && reply.status === 201) reply.status = 200
        if (key) seen.add(key)
      }
    })(),
    fails: ['idempotency.replay', 'idempotency.replay-after-delete'],
  },
  {
    name: 'a replay forgets what was deleted',
    before: (request, world) => {
      const known = isReplay(request)
        ? world.replies.get(`POST /snapshots/ ${request.headers['idempotency-key']}`)
        : undefined
      if (!known) return undefined
      const { id } = known.reply.body as { id: number }
      return world.snapshots.some(each => each.id === id) ? undefined : new Problem('not_found', 'It is gone.').reply
    },
    fails: ['idempotency.replay-after-delete'],
  },
]
