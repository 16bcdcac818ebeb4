import type { Server } from '@restpoint/sdk/source'
import type { CommandSpec } from '../../command.ts'
import { status } from '../../terminal/colour.ts'
import { table } from '../../terminal/table.ts'
import { mebibytes, when } from '../../terminal/units.ts'

export const command: CommandSpec<{ status?: Server['status']; location?: string }> = {
  summary: 'list servers',
  options: {
    '--status <status>': {
      what: 'only those',
      choices: ['active', 'stopped', 'suspended', 'restoring', 'creating', 'failed'],
    },
    '--location <location>': 'only those there',
  },
  example: 'restpoint server list --status active',
  async run(context, { status: wanted, location }) {
    const { restpoint, scope } = await context.connect()
    context.tell(await restpoint.servers.list({ ...scope, status: wanted, location }), ({ results }) =>
      table(
        results,
        [
          ['id', server => server.id],
          ['name', server => server.name],
          ['status', server => status(server.status)],
          ['address', server => server.ip_address],
          ['vcpus', server => server.plan.vcpus],
          ['memory', server => mebibytes(server.plan.memory)],
          ['system', server => server.os.name],
          ['made', server => when(server.created_at)],
        ],
        'There are no servers.',
      ),
    )
    return undefined
  },
}
