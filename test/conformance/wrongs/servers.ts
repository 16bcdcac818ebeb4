import { Problem } from '../stub/problems.ts'
import { at, type Body, failing, instead, rowsAt, type Wrong } from './wrong.ts'

const LIST = 'GET /servers/'
const DETAIL = 'GET /servers/:id/'
const LAYERS = 'GET /servers/:id/layers/'
const part = (row: Body, key: string) => row[key] as Body
const serverAction = (action: string) => `POST /servers/:id/${action}/`

export const serverWrongs: readonly Wrong[] = [
  {
    name: 'the servers come with a 203',
    ...at(LIST, (_, reply) => void (reply.status = 203)),
    fails: [
      'servers.list.200',
      'servers.list.filter.status.*',
      'servers.list.filter.location',
      'common.no-trailing-slash.servers',
      'tokens.permissions.granted',
    ],
  },
  { name: 'the servers come in pages', ...at(LIST, body => void (body.next = null)), fails: ['servers.list.envelope'] },
  {
    name: 'an extra key in each server',
    ...rowsAt(LIST, row => void (row.uptime = 1)),
    fails: ['servers.list.item-keys'],
  },
  {
    name: 'a key missing in each server',
    ...rowsAt(LIST, row => delete row.hostname),
    fails: ['servers.list.item-keys', 'servers.list.item-types', 'servers.detail'],
  },
  {
    name: 'addresses as an array',
    ...rowsAt(LIST, row => void (row.ip_address = [])),
    fails: ['servers.list.item-types', 'servers.detail'],
  },
  {
    name: 'memory as words',
    ...rowsAt(LIST, row => Object.assign(part(row, 'plan'), { memory: '128 MB' })),
    fails: ['servers.list.plan', 'servers.detail'],
  },
  {
    name: 'a price in the plan',
    ...rowsAt(LIST, row => Object.assign(part(row, 'plan'), { price: 5 })),
    fails: ['servers.list.plan', 'servers.detail'],
  },
  {
    name: 'no id of the os',
    ...rowsAt(LIST, row => delete part(row, 'os').id),
    fails: ['servers.list.os', 'servers.detail'],
  },
  {
    name: 'times of servers as numbers',
    ...rowsAt(LIST, row => void (row.updated_at = 1760000000)),
    fails: ['servers.list.time-format', 'servers.detail'],
  },
  {
    name: 'a server updated before it was made',
    ...rowsAt(LIST, row => void (row.updated_at = '2001-01-01T00:00:00Z')),
    fails: ['servers.list.time-format', 'servers.detail'],
  },
  {
    name: 'a status of servers that nobody knows',
    ...rowsAt(LIST, row => void (row.status = row.status === 'stopped' ? 'off' : row.status)),
    fails: ['servers.list.statuses', 'servers.list.filter.status.stopped', 'servers.stop.200'],
  },
  {
    name: 'no filter by status',
    before: ({ query }) => void query.delete('status'),
    fails: ['servers.list.filter.status.*'],
  },
  {
    name: 'no filter by location',
    before: ({ query }) => void query.delete('location'),
    fails: ['servers.list.filter.location'],
  },
  {
    name: 'the detail of a server is not there',
    ...instead(
      ({ method, path }) => method === 'GET' && /\/servers\/1\/$/.test(path),
      () => new Problem('not_found', 'No.').reply,
    ),
    fails: ['servers.detail'],
  },
  { name: 'the detail of a server lacks its plan', ...at(DETAIL, body => delete body.plan), fails: ['servers.detail'] },
  {
    name: 'an unknown server is forbidden',
    ...failing(404, (reply, body) => Object.assign(reply, { status: 403, body: { ...body, status: 403 } }), DETAIL),
    fails: ['servers.detail.404'],
  },
  {
    name: 'layers as a bare array',
    ...at(LAYERS, (body, reply) => void (reply.body = body.results)),
    fails: ['servers.layers', 'servers.layers.kinds'],
  },
  {
    name: 'layers of an unknown kind',
    ...rowsAt(LAYERS, row => void (row.kind = row.kind === 'image' ? 'base' : row.kind)),
    fails: ['servers.layers.kinds'],
  },
  { name: 'no active layer', ...rowsAt(LAYERS, row => void (row.kind = 'sealed')), fails: ['servers.layers.kinds'] },
  {
    name: 'a parent that is not there',
    ...rowsAt(LAYERS, row => void (row.parent_id = row.parent_id === null ? null : 77)),
    fails: ['servers.layers.tree'],
  },
  {
    name: 'an unknown server has no layers',
    ...failing(404, reply => Object.assign(reply, { status: 200 }), LAYERS),
    fails: ['servers.layers.404'],
  },
]

export const powerWrongs: readonly Wrong[] = [
  ...['start', 'stop', 'reboot', 'undo'].map(
    (action): Wrong => ({
      name: `${action} answers 202`,
      ...at(serverAction(action), (_, reply) => void (reply.status = 202)),
      fails: [`servers.${action}.200`, ...(action === 'undo' ? ['servers.undo.again'] : [])],
    }),
  ),
  {
    name: 'no Operation-Id on a stop',
    ...at(serverAction('stop'), (_, reply) => delete reply.headers['operation-id']),
    fails: ['servers.stop.200'],
  },
  {
    name: 'a stop that leaves it on',
    ...at(serverAction('stop'), (_body, _reply, _request, { operations }) => {
      operations.at(-1)!.finish = () => undefined
    }),
    fails: ['servers.start.200', 'servers.stop.200', 'servers.reboot.wrong-state'],
  },
  {
    name: 'a start says ok',
    ...at(serverAction('start'), (_, reply) => void (reply.body = { status: 'ok' })),
    fails: ['servers.start.200'],
  },
  {
    name: 'a start of what runs is fine',
    ...instead(
      ({ path, method }, { servers }) =>
        method === 'POST' && path.endsWith('/1/start/') && servers[0]?.status === 'active',
      () => ({ status: 200, headers: {}, body: {} }),
    ),
    fails: ['servers.start.wrong-state'],
  },
  {
    name: 'a reboot of what is off is a 409',
    ...failing(
      400,
      (reply, body) => body.code === 'server_wrong_state' && (reply.status = 409),
      serverAction('reboot'),
    ),
    fails: ['servers.reboot.wrong-state'],
  },
  ...['start', 'stop', 'reboot', 'undo'].map(
    (action): Wrong => ({
      name: `${action} of an unknown server is a 400`,
      ...failing(404, reply => void (reply.status = 400), serverAction(action)),
      fails: [`servers.${action}.404`],
    }),
  ),
  {
    name: 'an undo can be used once',
    ...at(serverAction('undo'), (_body, _reply, _request, { servers }) => void (servers[0]!.canUndo = false)),
    fails: ['servers.undo.again'],
  },
  {
    name: 'there is no undo',
    ...at('POST /snapshots/:id/restore/', (_body, _reply, _request, { operations, servers }) => {
      operations.at(-1)!.finish = () => void (servers[0]!.status = 'active')
    }),
    fails: ['servers.undo.200', 'servers.undo.again'],
  },
]
