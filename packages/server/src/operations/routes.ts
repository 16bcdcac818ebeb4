import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Db } from '../db/database.ts'
import type { OperationStatus } from '../db/schema.ts'
import { Failure } from '../errors.ts'
import { callerOf } from '../http/auth.ts'
import type { App, RouteDeps } from '../http/deps.ts'
import { pathId, pathIds, queryId, toId } from '../http/ids.ts'
import { listOf, listPage, pageOf, pageQuery } from '../http/paging.ts'
import { refer } from '../http/schemas.ts'
import { operationsOf } from './list.ts'
import { Operation, operationStatuses, toOperation } from './schemas.ts'

const tags = ['operations']

export function operationRoutes(app: App, { db }: RouteDeps): void {
  app.get('/api/v1/operations/', {
    config: { access: 'servers:read', failures: ['invalid_request'] },
    schema: {
      operationId: 'listOperations',
      tags,
      summary: 'Operations, newest first',
      querystring: Type.Object({
        server_id: Type.Optional(queryId('Only those of this server.')),
        status: Type.Optional(
          Type.Unsafe<OperationStatus>({ type: 'string', enum: operationStatuses, description: 'Only these.' }),
        ),
        ...pageQuery,
      }),
      response: {
        200: { description: 'The operations.', ...listOf(refer(Operation)) },
      },
    },
    handler: async (request, reply) => {
      const { server_id, status } = request.query
      let query = visibleOperations(db, request)
      if (server_id !== undefined) query = query.where('operations.server_id', '=', toId(server_id, 'server_id'))
      if (status !== undefined) query = query.where('operations.status', '=', status)
      const { count, rows } = await listPage(query, pageOf(request.query), request, reply)
      return { count, results: rows.map(toOperation) }
    },
  })

  app.get('/api/v1/operations/:operation_id/', {
    config: { access: 'servers:read', failures: ['not_found'] },
    schema: {
      operationId: 'getOperation',
      tags,
      summary: 'How far an operation is',
      params: pathIds('operation_id'),
      response: { 200: { description: 'The operation.', ...refer(Operation) } },
    },
    handler: async request => {
      const row = await visibleOperations(db, request)
        .where('operations.id', '=', pathId(request.params.operation_id))
        .executeTakeFirst()
      if (!row) throw new Failure('not_found', 'There is no such operation')
      return toOperation(row)
    },
  })
}

/** What is done for the host itself is for administrators: its errors may name files of the host. */
function visibleOperations(db: Db, request: FastifyRequest) {
  const { accountId, permissions } = callerOf(request)
  const query = operationsOf(db, accountId)
  return permissions.includes('admin') ? query : query.where('operations.image_id', 'is', null)
}
