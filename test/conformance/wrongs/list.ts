import { Problem } from '../stub/problems.ts'
import { json } from '../stub/request.ts'
import { at, type Body, failing, instead, NO_FILTERS, rowsAt, type Wrong } from './wrong.ts'

const LIST = 'GET /snapshots/'
const bad = () => new Problem('invalid_request', 'No.', { errors: {} }).reply

export const listWrongs: readonly Wrong[] = [
  {
    name: 'the list answers 206',
    ...at(LIST, (_, reply) => void (reply.status = 206)),
    fails: [
      'snapshots.list.200',
      'snapshots.list.server_id.filter',
      'snapshots.list.server_id.unknown',
      'paging.limit',
      'paging.offset',
      'paging.past-the-end',
      'common.content-type.get',
      'common.no-trailing-slash.snapshots',
    ],
  },
  {
    name: 'an extra key beside count and results',
    ...at(LIST, body => void (body.next = null)),
    fails: ['snapshots.list.envelope', 'snapshots.list.server_id.unknown', 'paging.limit'],
  },
  {
    name: 'an extra key in each listed snapshot',
    ...rowsAt(LIST, row => void (row.progress = 1)),
    fails: ['snapshots.list.item-keys'],
  },
  {
    name: 'a key missing in each listed snapshot',
    ...rowsAt(LIST, row => delete row.description),
    fails: [
      'snapshots.create.listed-same',
      'snapshots.list.item-keys',
      'snapshots.list.item-types',
      'snapshots.detail',
    ],
  },
  {
    name: 'the server as a bare id',
    ...rowsAt(LIST, row => void (row.server_id = 1)),
    fails: ['snapshots.list.item-keys'],
  },
  {
    name: 'more about the server in a snapshot',
    ...rowsAt(LIST, row => Object.assign(row.server as Body, { status: 'active' })),
    fails: ['snapshots.create.listed-same', 'snapshots.list.item-server', 'snapshots.detail'],
  },
  {
    name: 'ids as strings',
    ...rowsAt(LIST, row => void (row.description = null)),
    fails: ['snapshots.create.listed-same', 'snapshots.list.item-types', 'snapshots.detail'],
  },
  {
    name: 'sizes as strings',
    ...rowsAt(LIST, row => void (row.size_mb = row.size_mb === null ? null : `${row.size_mb}`)),
    fails: [
      'snapshots.list.item-types',
      'snapshots.list.size-completed',
      'snapshots.list.size-least',
      'snapshots.detail',
    ],
  },
  {
    name: 'times with milliseconds',
    ...rowsAt(LIST, row => void (row.created_at = String(row.created_at).replace('Z', '.000Z'))),
    fails: [
      'snapshots.create.listed-same',
      'snapshots.list.time-format',
      'snapshots.detail',
      'snapshots.restore.snapshot',
    ],
  },
  {
    name: 'times with an offset',
    ...rowsAt(LIST, row => void (row.created_at = String(row.created_at).replace('Z', '+00:00'))),
    fails: [
      'snapshots.create.listed-same',
      'snapshots.list.time-format',
      'snapshots.detail',
      'snapshots.restore.snapshot',
    ],
  },
  {
    name: 'oldest first',
    ...at(LIST, body => void (body.results as unknown[]).reverse()),
    fails: ['snapshots.list.newest-first', 'snapshots.list.ties', 'paging.limit', 'paging.offset', 'paging.link'],
  },
  {
    name: 'ties by rising id',
    ...at(
      LIST,
      body =>
        void (body.results as Body[]).sort(
          (a, b) => String(b.created_at).localeCompare(String(a.created_at)) || Number(a.id) - Number(b.id),
        ),
    ),
    fails: ['snapshots.list.ties', 'paging.limit', 'paging.offset', 'paging.link'],
  },
  {
    name: 'count one too many',
    ...at(LIST, body => void (body.count = Number(body.count) + 1)),
    fails: ['snapshots.list.count', 'snapshots.list.server_id.unknown', 'paging.count'],
  },
  {
    name: 'a status that nobody knows',
    ...rowsAt(LIST, row => void (row.status = row.name === 'weekly_11' ? 'ready' : row.status)),
    fails: ['snapshots.list.statuses'],
  },
  {
    name: 'a completed snapshot without a size',
    ...rowsAt(LIST, row => void (row.size_mb = null)),
    fails: ['snapshots.list.size-completed', 'snapshots.list.size-least', 'snapshots.detail'],
  },
  {
    name: 'a completed snapshot of size 0',
    ...rowsAt(LIST, row => void (row.size_mb = row.size_mb === null ? null : 0)),
    fails: ['snapshots.list.size-least', 'snapshots.detail'],
  },
  {
    name: 'a size while in progress',
    ...rowsAt(LIST, row => void (row.size_mb ??= 1)),
    fails: ['snapshots.list.size-in-progress'],
  },
  {
    name: 'in-progress ones are not listed',
    ...at(LIST, body => {
      body.results = (body.results as Body[]).filter(row => row.status !== 'in_progress')
      body.count = (body.results as Body[]).length
    }),
    fails: ['snapshots.create.becomes-completed', 'snapshots.list.contains-created', 'paging.count'],
  },
  {
    name: 'the filter is ignored',
    before: request => void request.query.delete('server_id'),
    fails: ['snapshots.list.server_id.*', 'paging.link.filter'],
  },
  {
    name: 'the filter leaves the other servers',
    ...at(LIST, (body, _reply, request, world) => {
      if (!request.query.has('server_id')) return
      body.results = []
      body.count = world.snapshots.length * 0
    }),
    fails: ['snapshots.list.server_id.filter'],
  },
  {
    name: 'an unknown server in the filter is a 404',
    ...instead(
      ({ query }) => query.get('server_id') === '2147483647',
      () => new Problem('not_found', 'No.').reply,
    ),
    fails: ['snapshots.list.server_id.unknown'],
  },
  {
    name: 'a filter that is no id is ignored',
    ...instead(
      ({ query }) => query.has('server_id') && !/^[1-9]\d{0,9}$/.test(query.get('server_id') ?? ''),
      () => json(200, { count: 0, results: [] }),
    ),
    fails: NO_FILTERS,
  },
  {
    name: 'a filter that is no id is a 400 that names nothing',
    ...failing(400, reply => Object.assign(reply, bad()), LIST),
    fails: [...NO_FILTERS, 'paging.limit=*', 'paging.offset=*'],
  },
]

export const pagingWrongs: readonly Wrong[] = [
  {
    name: 'pages without being asked',
    before: request => {
      if (request.path === '/api/v1/snapshots/' && request.method === 'GET' && !request.query.has('limit'))
        request.query.set('limit', '4')
    },
    fails: ['snapshots.list.count', 'paging.opt-in', 'paging.count', 'paging.link'],
  },
  {
    name: 'count of the page',
    ...at(LIST, body => void (body.count = (body.results as Body[]).length)),
    fails: ['paging.count'],
  },
  {
    name: 'limit is ignored',
    before: request => void request.query.delete('limit'),
    fails: ['paging.limit', 'paging.offset', 'paging.link.filter', 'paging.limit=*'],
  },
  {
    name: 'offset is ignored',
    before: request => void request.query.delete('offset'),
    fails: ['paging.offset', 'paging.link', 'paging.past-the-end', 'paging.offset=*'],
  },
  {
    name: 'no Link header',
    ...at(LIST, (_, reply) => delete reply.headers.link),
    fails: ['paging.link', 'paging.link.filter'],
  },
  {
    name: 'a Link header that loses the filter',
    ...at(LIST, (_, reply) => {
      if (reply.headers.link) reply.headers.link = reply.headers.link.replace(/server_id=\d+&?/, '')
    }),
    fails: ['paging.link.filter'],
  },
  {
    name: 'an envelope of its own for pages',
    ...at(LIST, (body, _reply, { query }) => {
      if (query.has('limit')) body.next = null
    }),
    fails: ['paging.limit'],
  },
  {
    name: 'past the end is a 404',
    ...instead(
      ({ query }) => query.get('offset') === '1000',
      () => new Problem('not_found', 'No such page.').reply,
    ),
    fails: ['paging.count', 'paging.past-the-end'],
  },
]
