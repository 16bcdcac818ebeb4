import Type from 'typebox'
import { Failure } from '../errors.ts'
import { answerDelete, answerPost } from '../http/answer.ts'
import { callerOf } from '../http/auth.ts'
import { bodyOrNothing } from '../http/body.ts'
import type { App, RouteDeps } from '../http/deps.ts'
import { pathId, pathIds, queryId, toId } from '../http/ids.ts'
import { listOf, listPage, pageOf, pageQuery } from '../http/paging.ts'
import { IgnoredBody, nothing, postHeaders, refer, started } from '../http/schemas.ts'
import { toTimeOrNull } from '../http/times.ts'
import { readBytes } from '../layers/list.ts'
import { activeBytes, readSpace } from '../layers/space.ts'
import { refuse } from '../operations/refuse.ts'
import { operationError } from '../operations/schemas.ts'
import { requestDelete } from './delete.ts'
import { requestCreate } from './request-create.ts'
import { requestRestore } from './request-restore.ts'
import { CreatedSnapshot, CreateQuery, CreateSnapshot, RestoreReply, Snapshot, SnapshotDetail } from './schemas.ts'
import { listSnapshots, readSnapshotDetail, visibleSnapshots } from './store.ts'
import { createReply, restoreReply, toReceipt, toSnapshot } from './views.ts'

const tags = ['snapshots']
const ONE = '/api/v1/snapshots/:snapshot_id/'

export function snapshotRoutes(app: App, deps: RouteDeps): void {
  const { db, driver, now, http } = deps

  app.get('/api/v1/snapshots/', {
    config: { access: 'snapshots:read', failures: ['invalid_request'] },
    schema: {
      operationId: 'listSnapshots',
      tags,
      summary: 'Snapshots, newest first',
      description: 'A failed one stays listed for 24 hours; one that was deleted has left the list for good.',
      querystring: Type.Object({
        server_id: Type.Optional(queryId('Only those of this server; none where there is no such server.', 1)),
        ...pageQuery,
      }),
      response: { 200: { description: 'The snapshots.', ...listOf(refer(Snapshot)) } },
    },
    handler: async (request, reply) => {
      const { server_id } = request.query
      const filter = {
        accountId: callerOf(request).accountId,
        serverId: server_id === undefined ? undefined : toId(server_id, 'server_id'),
        now: now(),
      }
      const page = pageOf(request.query)
      if (!page) {
        const rows = await listSnapshots(db, filter)
        return { count: rows.length, results: rows.map(toSnapshot) }
      }
      const { count, rows } = await listPage(visibleSnapshots(db, filter), page, request, reply)
      return { count, results: rows.map(toSnapshot) }
    },
  })

  app.post('/api/v1/snapshots/', {
    config: {
      access: 'snapshots:write',
      failures: [
        'not_found',
        'snapshot_limit_reached',
        'server_wrong_state',
        'not_enough_space',
        'quota_exceeded',
        'chain_too_deep',
        'capability_missing',
      ],
    },
    schema: {
      operationId: 'createSnapshot',
      tags,
      summary: 'Take a snapshot of a server',
      description:
        'Answers at once; the header Operation-Id names the operation. Behind a restore it queues, and captures the ' +
        'state after it.',
      headers: postHeaders,
      querystring: CreateQuery,
      body: CreateSnapshot,
      response: {
        201: started('It is being taken.', CreatedSnapshot),
      },
    },
    preValidation: bodyOrNothing,
    handler: async (request, reply) => {
      const { consistency = 'auto', memory } = request.query
      const { name, description } = request.body
      const create = {
        accountId: callerOf(request).accountId,
        serverId: toId(request.body.server_id, 'server_id'),
        name,
        description: description ?? '',
        consistency,
      }
      const space = await readSpace(db, driver, create.accountId)
      let snapshotId = 0
      return answerPost(http, request, reply, {
        bytes: () => activeBytes(db, driver, create),
        effect: async trx => {
          if (memory === 'true') refuse(trx, withMemory())
          const made = await requestCreate(trx, deps.snapshots, create, space)
          snapshotId = made.snapshotId
          return { status: 201, body: await createReply(trx, snapshotId), operationId: made.operationId }
        },
        current: () => createReply(db, snapshotId),
      })
    },
  })

  app.get(ONE, {
    config: { access: 'snapshots:read', failures: ['not_found'] },
    schema: {
      operationId: 'getSnapshot',
      tags,
      summary: 'A snapshot with its receipt',
      params: pathIds('snapshot_id'),
      response: { 200: { description: 'The snapshot.', ...refer(SnapshotDetail) } },
    },
    handler: async request => {
      const id = pathId(request.params.snapshot_id)
      const row = await readSnapshotDetail(db, callerOf(request).accountId, id, now())
      if (!row) throw new Failure('not_found', 'There is no such snapshot')
      return {
        ...toSnapshot(row),
        ended_at: toTimeOrNull(row.ended_at),
        operation_id: row.operation_id,
        receipt: toReceipt(row.receipt),
        bytes: row.status === 'completed' ? await readBytes(db, driver, id) : null,
        error: row.status === 'failed' ? operationError(row.error_code, row.error_detail) : null,
      }
    },
  })

  app.post(`${ONE}restore/`, {
    config: {
      access: 'snapshots:write',
      failures: [
        'not_found',
        'snapshot_not_restorable',
        'server_busy',
        'server_wrong_state',
        'not_enough_space',
        'quota_exceeded',
      ],
    },
    schema: {
      operationId: 'restoreSnapshot',
      tags,
      summary: 'Put the server back to a snapshot',
      description:
        'A running server is stopped first and started afterwards. What it was before is kept for a time: see undo. The ' +
        'header Operation-Id names the operation.',
      headers: postHeaders,
      params: pathIds('snapshot_id'),
      body: IgnoredBody,
      response: {
        200: started('It is being restored.', RestoreReply),
      },
    },
    handler: async (request, reply) => {
      const target = { accountId: callerOf(request).accountId, snapshotId: pathId(request.params.snapshot_id) }
      const space = await readSpace(db, driver, target.accountId)
      const undoUntil = now() + deps.snapshots.undoMs
      let operationId = 0
      return answerPost(http, request, reply, {
        bytes: () => activeBytes(db, driver, target),
        effect: async trx => {
          operationId = (await requestRestore(trx, deps.snapshots, target, space)).operationId
          return { status: 200, body: await restoreReply(trx, target.snapshotId, operationId, undoUntil), operationId }
        },
        current: () => restoreReply(db, target.snapshotId, operationId, undoUntil),
      })
    },
  })

  app.delete(ONE, {
    config: { access: 'snapshots:write', failures: ['not_found'] },
    schema: {
      operationId: 'deleteSnapshot',
      tags,
      summary: 'Delete a snapshot',
      description:
        'Always accepted, and final once answered. One in progress is cancelled. Its bytes go in the background.',
      params: pathIds('snapshot_id'),
      response: { 204: nothing('It is gone.') },
    },
    handler: async (request, reply) => {
      const target = { accountId: callerOf(request).accountId, snapshotId: pathId(request.params.snapshot_id) }
      return answerDelete(http, request, reply, {
        removal: { noun: 'snapshot', id: target.snapshotId },
        effect: trx => requestDelete(trx, { now }, target),
        afterwards: deps.wakeCollector,
      })
    },
  })
}

function withMemory(): Failure {
  return new Failure('capability_missing', 'Snapshots with the contents of memory cannot be taken', {
    fields: { memory: ['Must be false or absent.'] },
  })
}
