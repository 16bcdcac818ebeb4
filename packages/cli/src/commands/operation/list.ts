import type { Operation } from '@restpoint/sdk/source'
import type { CommandSpec } from '../../command.ts'
import { serverId } from '../../find.ts'
import { status } from '../../terminal/colour.ts'
import { table } from '../../terminal/table.ts'
import { when } from '../../terminal/units.ts'
import { stepInWords } from '../../words.ts'

export const command: CommandSpec<{ server?: string; status?: Operation['status'] }> = {
  summary: 'list operations, newest first',
  options: {
    '--server <server>': 'only those of this server, by name or id',
    '--status <status>': {
      what: 'only those',
      choices: ['queued', 'running', 'waiting', 'completed', 'failed', 'cancelled'],
    },
  },
  example: 'restpoint operation list --status running',
  async run(context, { server, status: wanted }) {
    const connected = await context.connect()
    const { restpoint, scope } = connected
    const query = server === undefined ? {} : { server_id: await serverId(connected, server) }
    context.tell(await restpoint.operations.list({ ...scope, ...query, status: wanted }), ({ results }) =>
      table(
        results,
        [
          ['id', operation => operation.id],
          ['kind', operation => operation.kind],
          ['server', operation => operation.server?.name],
          ['status', operation => status(operation.status)],
          ['progress', ({ progress }) => `${Math.floor(progress * 100)} %`],
          ['begun', operation => when(operation.created_at)],
          ['what', toldOf],
        ],
        'There are no operations.',
      ),
    )
    return undefined
  },
}

function toldOf({ kind, error, waits_for, step }: Operation): string | null {
  if (error) return error.title
  if (waits_for !== null) return `waits for: ${waits_for}`
  return step === null ? null : stepInWords(kind, step)
}
