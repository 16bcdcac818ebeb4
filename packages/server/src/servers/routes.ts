import Type from 'typebox'
import type { Trx } from '../db/database.ts'
import { type ServerStatus, serverStatuses } from '../domain/servers.ts'
import { type ErrorCode, Failure } from '../errors.ts'
import { answerPost } from '../http/answer.ts'
import { callerOf } from '../http/auth.ts'
import type { App, RouteDeps } from '../http/deps.ts'
import { pathId, pathIds } from '../http/ids.ts'
import { listOf, listPage, pageOf, pageQuery } from '../http/paging.ts'
import { NoBody, postHeaders, refer, started } from '../http/schemas.ts'
import { activeBytes, readSpace, type Space } from '../layers/space.ts'
import { changingRoutes } from './changing-routes.ts'
import { execRoutes } from './exec/routes.ts'
import { makingRoutes } from './making-routes.ts'
import type { Memory } from './offer.ts'
import { requestPower } from './power.ts'
import { Server, ServerDetail } from './schemas.ts'
import { readMadeServer, readServer, serversOf } from './store.ts'
import { isAgentConnected, toServer, toServerDetail } from './views.ts'

const tags = ['servers']
const ONE = '/api/v1/servers/:server_id/'

interface Action {
  readonly name: string
  readonly summary: string
  readonly description: string
  readonly failures: readonly ErrorCode[]
  request(
    trx: Trx,
    target: { accountId: number; serverId: number },
    host: { readonly space: Space; readonly memory: Memory },
  ): Promise<{ operationId: number }>
}

export function serverRoutes(app: App, deps: RouteDeps): void {
  const { db, driver } = deps

  app.get('/api/v1/servers/', {
    config: { access: 'servers:read', failures: ['invalid_request'] },
    schema: {
      operationId: 'listServers',
      tags,
      summary: 'Servers',
      querystring: Type.Object({
        status: Type.Optional(
          Type.Unsafe<ServerStatus>({ type: 'string', enum: serverStatuses, description: 'Only these.' }),
        ),
        location: Type.Optional(
          Type.Unsafe<string>({
            type: 'string',
            // PostgreSQL knows no text with a NUL in it.
            pattern: String.raw`^[^\u0000-\u001f\u007f]*$`,
            description: 'Only those at this location.',
            'x-message': 'Must be text without control characters.',
          }),
        ),
        ...pageQuery,
      }),
      response: { 200: { description: 'The servers.', ...listOf(refer(Server)) } },
    },
    handler: async (request, reply) => {
      const { status, location } = request.query
      let query = serversOf(db, callerOf(request).accountId)
      if (status !== undefined) query = query.where('servers.status', '=', status)
      if (location !== undefined) query = query.where('servers.location', '=', location)
      const { count, rows } = await listPage(query, pageOf(request.query), request, reply)
      return { count, results: rows.map(toServer) }
    },
  })

  app.get(ONE, {
    config: { access: 'servers:read', failures: ['not_found'] },
    schema: {
      operationId: 'getServer',
      tags,
      summary: 'A server: its state and why, its guest agent, whether a restore can be undone',
      params: pathIds('server_id'),
      response: { 200: { description: 'The server.', ...refer(ServerDetail) } },
    },
    handler: async request => {
      const row = await readServer(db, callerOf(request).accountId, pathId(request.params.server_id))
      if (!row) throw new Failure('not_found', 'There is no such server')
      return toServerDetail(db, row, await isAgentConnected(driver, row.id), deps)
    },
  })

  for (const action of actionsOf(deps)) actionRoute(app, deps, action)
  makingRoutes(app, deps)
  changingRoutes(app, deps)
  execRoutes(app, deps)
}

function actionsOf({ now, requestUndo }: RouteDeps): Action[] {
  return [
    {
      name: 'start',
      summary: 'Start a server, or let a suspended one run on',
      description: 'For a server that is stopped or suspended.',
      failures: ['not_found', 'server_busy', 'server_wrong_state', 'not_enough_memory'],
      request: (trx, target, { memory }) => requestPower(trx, { now }, 'start', target, memory),
    },
    {
      name: 'stop',
      summary: 'Stop a server',
      description: 'The guest is asked to power off; if it does not in time, it is ended.',
      failures: ['not_found', 'server_busy', 'server_wrong_state'],
      request: (trx, target) => requestPower(trx, { now }, 'stop', target, null),
    },
    {
      name: 'reboot',
      summary: 'Reboot a server',
      description: 'For a server that is active.',
      failures: ['not_found', 'server_busy', 'server_wrong_state'],
      request: (trx, target) => requestPower(trx, { now }, 'reboot', target, null),
    },
    {
      name: 'undo',
      summary: 'Go back to the state before the last restore',
      description: 'Itself a restore, so it can be undone as well: undo again returns.',
      failures: [
        'not_found',
        'nothing_to_undo',
        'server_busy',
        'server_wrong_state',
        'not_enough_space',
        'quota_exceeded',
      ],
      request: (trx, target, { space }) => requestUndo(trx, target, space),
    },
  ]
}

function actionRoute(app: App, deps: RouteDeps, action: Action): void {
  const { db, driver, http } = deps
  app.post(`${ONE}${action.name}/`, {
    config: { access: 'servers:write', failures: action.failures },
    schema: {
      operationId: `${action.name}Server`,
      tags,
      summary: action.summary,
      description:
        `${action.description} Refused with \`server_busy\` while another operation on it is under way. The header ` +
        'Operation-Id names the operation.',
      headers: postHeaders,
      params: pathIds('server_id'),
      body: NoBody,
      response: { 200: started('It has begun.', ServerDetail) },
    },
    handler: async (request, reply) => {
      const target = { accountId: callerOf(request).accountId, serverId: pathId(request.params.server_id) }
      const host = { space: await readSpace(db, driver, target.accountId), memory: await driver.memory() }
      const isConnected = await isAgentConnected(driver, target.serverId)
      // Also where it was deleted as soon as the operation had ended.
      const detail = async (trx: Parameters<typeof readServer>[0], connected: boolean) =>
        toServerDetail(trx, await readMadeServer(trx, target.serverId), connected, deps)
      return answerPost(http, request, reply, {
        bytes: async () => (action.name === 'undo' ? activeBytes(db, driver, target) : 0),
        effect: async trx => {
          const { operationId } = await action.request(trx, target, host)
          return { status: 200, body: await detail(trx, isConnected), operationId }
        },
        current: async () => detail(db, await isAgentConnected(driver, target.serverId)),
      })
    },
  })
}
