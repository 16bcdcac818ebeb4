import { Problem } from '../stub/problems.ts'
import { json } from '../stub/request.ts'
import { viewSnapshot } from '../stub/views.ts'
import type { Fault } from '../stub.ts'
import { at, type Body, failing, instead, type Wrong } from './wrong.ts'

const RESTORE = 'POST /snapshots/:id/restore/'
const DELETE = 'DELETE /snapshots/:id/'
const refuse = () => new Problem('invalid_request', 'No.').reply
const busy = (change: (body: Body, headers: Record<string, string>) => void) =>
  failing(400, ({ headers }, body) => body.code === 'server_busy' && change(body, headers), RESTORE)

export const restoreWrongs: readonly Wrong[] = [
  {
    name: 'a restore answers 202',
    ...at(RESTORE, (_, reply) => void (reply.status = 202)),
    fails: ['snapshots.restore.200'],
  },
  {
    name: 'an extra key in the reply to a restore',
    ...at(RESTORE, body => void (body.operation_id = 1)),
    fails: ['snapshots.restore.body-keys'],
  },
  {
    name: 'a restore without its JSON type',
    ...at(RESTORE, (_, reply) => void (reply.headers['content-type'] = 'text/plain')),
    fails: ['snapshots.restore.content-type'],
  },
  {
    name: 'a restore says ok',
    ...at(RESTORE, body => void (body.status = 'ok')),
    fails: ['snapshots.restore.success'],
  },
  {
    name: 'a restore has no words',
    ...at(RESTORE, body => void (body.message = null)),
    fails: ['snapshots.restore.message'],
  },
  {
    name: 'a restore shows the whole snapshot',
    ...at(RESTORE, body => void Object.assign(body.snapshot as Body, { status: 'completed' })),
    fails: ['snapshots.restore.snapshot'],
  },
  {
    name: 'a restore shows the server as it was',
    ...at(RESTORE, body => void Object.assign(body.server as Body, { status: 'active' })),
    fails: ['snapshots.restore.server'],
  },
  {
    name: 'a restore takes the newer snapshots away',
    ...at(RESTORE, (_body, _reply, request, world) => {
      world.snapshots = world.snapshots.filter(({ id, serverId }) => serverId !== 1 || id <= Number(request.id))
    }),
    fails: ['snapshots.restore.keeps-snapshots', 'snapshots.delete.204', 'snapshots.delete.empty'],
  },
  {
    name: 'after a restore the server stays off',
    ...at(RESTORE, (_body, _reply, _request, { operations, servers }) => {
      const operation = operations.at(-1)!
      operation.finish = () => void Object.assign(servers[0]!, { status: 'stopped', canUndo: true })
    }),
    fails: ['snapshots.restore.runs-again', 'servers.undo.200'],
  },
  {
    name: 'no Operation-Id on a restore',
    ...at(RESTORE, (_, reply) => delete reply.headers['operation-id']),
    fails: ['snapshots.restore.operation-id', 'snapshots.restore.busy.operation'],
  },
  {
    name: 'a repeated restore is refused as busy',
    before: request => {
      if (request.path.endsWith('/restore/')) delete request.headers['idempotency-key']
      return undefined
    },
    fails: ['snapshots.restore.replay'],
  },
  {
    name: 'busy is a 409',
    ...failing(400, (reply, body) => body.code === 'server_busy' && (reply.status = 409), RESTORE),
    fails: ['snapshots.restore.busy*'],
  },
  { name: 'busy has another code', ...busy(body => void (body.code = 'conflict')), fails: ['snapshots.restore.busy'] },
  {
    name: 'busy without Retry-After',
    ...busy((_, headers) => delete headers['retry-after']),
    fails: ['snapshots.restore.busy.retry-after'],
  },
  { name: 'busy with what', ...busy(body => delete body.operation_id), fails: ['snapshots.restore.busy.operation'] },
  {
    name: 'an unfinished snapshot is restored',
    before: ({ method, path }, world) => {
      const id = /^\/api\/v1\/snapshots\/(\d+)\/restore\/$/.exec(path)?.[1]
      const snapshot = world.snapshots.find(each => String(each.id) === id)
      return method === 'POST' && snapshot?.status === 'in_progress' ? json(202, {}) : undefined
    },
    fails: ['snapshots.restore.in-progress'],
  },
  {
    name: 'a snapshot that is not there cannot be restored: 400',
    ...failing(404, reply => void (reply.status = 400), RESTORE),
    fails: [
      'common.content-type.empty-post',
      'common.404.same-body',
      'common.404.foreign',
      'snapshots.restore.404',
      'snapshots.restore.404.*',
      'snapshots.delete.then-restore',
    ],
  },
  {
    name: 'an unusable id in a restore is a 400',
    ...instead(
      ({ path, method }) => method === 'POST' && /\/snapshots\/(?![1-9]\d{0,14}\/)[^/]+\/restore\/$/.test(path),
      refuse,
    ),
    fails: ['snapshots.restore.404.*'],
  },
]

/** The second snapshot is listed after its deletion too: by the how-manieth list since then? */
function haunted(shown: (list: number) => boolean): Fault {
  let ghost: unknown
  let lists = 0
  return {
    before: ({ method, path }, world) => {
      const gone = world.snapshots.find(({ id }) => method === 'DELETE' && path === `/api/v1/snapshots/${id}/`)
      if (gone?.name.endsWith('-AZ_az_09-')) ghost = viewSnapshot(world, gone)
      return undefined
    },
    after: (reply, request) => {
      if (!ghost || request.route !== 'GET /snapshots/' || !shown(++lists)) return
      const body = reply.body as { count: number; results: unknown[] }
      body.results.unshift(ghost)
      body.count++
    },
  }
}

export const deleteWrongs: readonly Wrong[] = [
  {
    name: 'a delete answers 200',
    ...at(DELETE, (_, reply) => void Object.assign(reply, { status: 200 })),
    fails: ['snapshots.delete.204'],
  },
  {
    name: 'a delete answers 200 with a body',
    ...at(DELETE, (_, reply) => void Object.assign(reply, json(200, { status: 'deleted' }))),
    fails: ['snapshots.delete.204', 'snapshots.delete.empty'],
  },
  {
    name: 'a deleted snapshot comes back',
    ...haunted(list => list > 2),
    fails: ['snapshots.delete.durable', 'suite.cleans-up'],
  },
  {
    name: 'a deleted snapshot stays in the list for a while',
    ...haunted(list => list <= 2),
    fails: ['snapshots.delete.leaves-list-at-once'],
  },
  {
    name: 'a deleted snapshot stays in the list',
    ...haunted(() => true),
    timeoutMs: 200,
    fails: [
      'snapshots.delete.leaves-list',
      'snapshots.delete.leaves-list-at-once',
      'snapshots.delete.durable',
      'suite.cleans-up',
    ],
  },
  {
    name: 'a delete of nothing is a 204',
    ...failing(404, reply => void Object.assign(reply, { status: 204, headers: {}, body: undefined }), DELETE),
    fails: [
      'common.content-type.delete',
      'common.404.same-body',
      'common.404.foreign',
      'snapshots.delete.again',
      'snapshots.delete.404',
      'snapshots.delete.404.*',
    ],
  },
  {
    name: 'a deleted snapshot cannot be restored: 410',
    ...failing(404, (reply, body) => Object.assign(reply, { status: 410, body: { ...body, status: 410 } }), RESTORE),
    fails: [
      'common.content-type.empty-post',
      'common.404.same-body',
      'common.404.foreign',
      'snapshots.restore.404',
      'snapshots.restore.404.*',
      'snapshots.delete.then-restore',
    ],
  },
  {
    name: 'an unusable id in a delete is a 400',
    ...instead(
      ({ path, method }) => method === 'DELETE' && /\/snapshots\/(?![1-9]\d{0,14}\/)[^/]+\/$/.test(path),
      refuse,
    ),
    fails: ['snapshots.delete.404.*'],
  },
]
