import type { CommandSpec } from '../../command.ts'
import { serverId } from '../../find.ts'
import { ofServerOption } from '../../options.ts'
import { status } from '../../terminal/colour.ts'
import { table } from '../../terminal/table.ts'
import { mebibytes, when } from '../../terminal/units.ts'

export const command: CommandSpec<{ server?: string }> = {
  summary: 'list snapshots, newest first',
  options: ofServerOption,
  example: 'restpoint snapshot list --server web-server-01',
  async run(context, { server }) {
    const connected = await context.connect()
    const { restpoint, scope } = connected
    const query = server === undefined ? {} : { server_id: await serverId(connected, server) }
    context.tell(await restpoint.snapshots.list({ ...scope, ...query }), ({ results }) =>
      table(
        results,
        [
          ['id', snapshot => snapshot.id],
          ['server', snapshot => snapshot.server.name],
          ['name', snapshot => snapshot.name],
          ['status', snapshot => status(snapshot.status)],
          ['size', snapshot => mebibytes(snapshot.size_mb)],
          ['taken', snapshot => when(snapshot.created_at)],
          ['description', snapshot => snapshot.description],
        ],
        'There are no snapshots.',
      ),
    )
    return undefined
  },
}
