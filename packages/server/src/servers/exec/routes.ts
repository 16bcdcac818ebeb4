/** Programs run in a server, through its guest agent. */
import { Failure } from '../../errors.ts'
import { answerPost } from '../../http/answer.ts'
import { callerOf } from '../../http/auth.ts'
import { bodyOrNothing } from '../../http/body.ts'
import type { App, RouteDeps } from '../../http/deps.ts'
import { pathId, pathIds } from '../../http/ids.ts'
import { postHeaders, refer } from '../../http/schemas.ts'
import { readOwnServer } from '../../layers/own-server.ts'
import { refuse } from '../../operations/refuse.ts'
import { isAgentConnected } from '../views.ts'
import { Executions } from './executions.ts'
import { Exec, Execution, TIMEOUT_DEFAULT } from './schemas.ts'

const tags = ['guests']
const EXEC = '/api/v1/servers/:server_id/exec/'

export function execRoutes(app: App, { db, driver, now, http }: RouteDeps): void {
  const executions = new Executions({ driver, now })
  app.addHook('onClose', async () => executions.stop())

  app.post(EXEC, {
    config: {
      access: 'servers:exec',
      failures: ['not_found', 'server_wrong_state', 'agent_unavailable', 'server_busy'],
    },
    schema: {
      operationId: 'execInServer',
      tags,
      summary: 'Run a program in a server',
      description:
        'Its guest agent starts it, as the user that the agent runs as, mostly root, and without a shell. The answer comes ' +
        'at once; `GET /servers/{server_id}/exec/{execution_id}/` tells what became of it. It is started at most once, also ' +
        'where the request is sent again with its Idempotency-Key. Neither its arguments nor what it prints are kept in the ' +
        'database or written to the log.',
      headers: postHeaders,
      params: pathIds('server_id'),
      body: Exec,
      response: { 201: { description: 'It is being started.', ...refer(Execution) } },
    },
    preValidation: bodyOrNothing,
    handler: async (request, reply) => {
      const target = { accountId: callerOf(request).accountId, serverId: pathId(request.params.server_id) }
      const { program: path, arguments: args = [], timeout_seconds: seconds = TIMEOUT_DEFAULT } = request.body
      const isConnected = await isAgentConnected(driver, target.serverId)
      const execution = executions.prepare(target.serverId)
      return answerPost(http, request, reply, {
        effect: async trx => {
          const { id, status } = await readOwnServer(trx, target)
          if (status !== 'active')
            refuse(
              trx,
              new Failure('server_wrong_state', `Server ${id} is ${status}; a program needs it to be active.`),
            )
          else if (!isConnected)
            refuse(trx, new Failure('agent_unavailable', `No guest agent answers in server ${id}.`))
          const refusal = executions.refusal(id)
          if (refusal) refuse(trx, refusal)
          return { status: 201, body: execution }
        },
        afterwards: () => executions.start(execution, { path, arguments: args }, seconds),
      })
    },
  })

  app.get(`${EXEC}:execution_id/`, {
    config: { access: 'servers:exec', failures: ['not_found'] },
    schema: {
      operationId: 'getExecution',
      tags,
      summary: 'What became of a program',
      description:
        'Told until 15 minutes after its end, and by the service that has started it: after a restart it is 404, and how the ' +
        'program ended, or whether it has, nobody can say.',
      params: pathIds('server_id', 'execution_id'),
      response: { 200: { description: 'How it stands.', ...refer(Execution) } },
    },
    handler: async request => {
      const target = { accountId: callerOf(request).accountId, serverId: pathId(request.params.server_id) }
      const { id } = await readOwnServer(db, target)
      const execution = executions.read(id, pathId(request.params.execution_id))
      if (!execution) throw new Failure('not_found', 'Nobody knows of such a program, or not any more.')
      return execution
    },
  })
}
