import type { CommandSpec } from '../../command.ts'
import { serverId } from '../../find.ts'
import { serverLines } from '../../views/server.ts'

export const command: CommandSpec<{ server: string }> = {
  summary: 'show a server: its state and why, its network, whether there is something to undo',
  arguments: { '<server>': 'name or id' },
  example: 'restpoint server show web-server-01',
  async run(context, { server }) {
    const connected = await context.connect()
    const id = await serverId(connected, server)
    context.tell(await connected.restpoint.servers.get(id, connected.scope), serverLines)
    return undefined
  },
}
