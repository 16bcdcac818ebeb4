/** Servers changed and deleted. */
import Type from 'typebox'
import { inTransaction } from '../db/database.ts'
import { answerDelete } from '../http/answer.ts'
import { callerOf } from '../http/auth.ts'
import { bodyOrNothing } from '../http/body.ts'
import type { App, RouteDeps } from '../http/deps.ts'
import { pathId, pathIds } from '../http/ids.ts'
import { nothingYet, refer } from '../http/schemas.ts'
import { ChangeServer } from './bodies.ts'
import { changeServer } from './change.ts'
import { requestDelete } from './request-delete.ts'
import { ChangedServer } from './schemas.ts'
import { readMadeServer } from './store.ts'
import { isAgentConnected, toServerDetail } from './views.ts'

const tags = ['servers']
const ONE = '/api/v1/servers/:server_id/'

export function changingRoutes(app: App, deps: RouteDeps): void {
  const { db, driver, now, http } = deps

  app.patch(ONE, {
    config: { access: 'servers:write', failures: ['not_found', 'server_busy'] },
    schema: {
      operationId: 'changeServer',
      tags,
      summary: 'Change a server',
      description: 'What is left away stays as it is. `message` says what the guest only sees at its next start.',
      params: pathIds('server_id'),
      body: ChangeServer,
      response: { 200: { description: 'The server as it is now.', ...refer(ChangedServer) } },
    },
    preValidation: bodyOrNothing,
    handler: async request => {
      const target = { accountId: callerOf(request).accountId, serverId: pathId(request.params.server_id) }
      let message = await inTransaction(db, trx => changeServer(trx, target, request.body, now()))
      if (request.body.quarantine !== undefined) {
        await deps.followCable(target.serverId).catch(err => {
          request.log.warn({ server: target.serverId, err }, 'its network cable is as it was')
          message =
            'It is recorded, but the machine does not answer: its cable follows as soon as it does, or is started anew.'
        })
      }
      const row = await readMadeServer(db, target.serverId)
      const connected = await isAgentConnected(driver, target.serverId)
      return { ...(await toServerDetail(db, row, connected, deps)), message }
    },
  })

  app.delete(ONE, {
    config: {
      access: 'servers:write',
      failures: ['invalid_request', 'not_found', 'server_has_snapshots', 'server_busy', 'server_wrong_state'],
    },
    schema: {
      operationId: 'deleteServer',
      tags,
      summary: 'Delete a server',
      description:
        'Final once answered: it is ended without being asked, and its disks, undo point and forwarded ports go. One that ' +
        'is still being made is given up. What clones stand on stays as long as they do. The header Operation-Id names the ' +
        'operation that removes what is left.',
      params: pathIds('server_id'),
      querystring: Type.Object({
        with_snapshots: Type.Optional(
          Type.Unsafe<'true' | 'false'>({
            type: 'string',
            enum: ['true', 'false'],
            description: '`true`: its snapshots go as well. Without it a server that has any is left alone.',
          }),
        ),
      }),
      response: { 204: nothingYet('It is gone.') },
    },
    handler: async (request, reply) => {
      const target = {
        accountId: callerOf(request).accountId,
        serverId: pathId(request.params.server_id),
        withSnapshots: request.query.with_snapshots === 'true',
      }
      return answerDelete(http, request, reply, {
        removal: { noun: 'server', id: target.serverId },
        effect: trx => requestDelete(trx, { now }, target),
        afterwards: deps.wakeCollector,
      })
    },
  })
}
