import type { CommandSpec } from '../../command.ts'
import { tellDryRun } from '../../dry-run.ts'
import { serverId } from '../../find.ts'
import { dryRunOption, type Rehearsing, type Waiting, waitingOptions } from '../../options.ts'
import { serverLine } from '../../views/server.ts'
import { startAndWait } from '../../wait.ts'

interface Given extends Waiting, Rehearsing {
  readonly server: string
}

export const command: CommandSpec<Given> = {
  summary: 'put a server back to what was there before its last restore',
  more: 'An undo is a restore, too: a second one brings you here again.',
  arguments: { '<server>': 'name or id' },
  options: { ...waitingOptions, ...dryRunOption },
  example: 'restpoint snapshot undo web-server-01',
  async run(context, { server, dryRun, ...waiting }) {
    const connected = await context.connect()
    const { restpoint, scope } = connected
    const id = await serverId(connected, server)
    if (dryRun) return tellDryRun(context, await restpoint.dryRun.servers.undo(id, scope))
    const start = (hold: object) => restpoint.servers.undo(id, { ...scope, ...hold })
    return startAndWait(context, connected, waiting, start, {
      read: () => restpoint.servers.get(id, scope),
      lines: serverLine,
    })
  },
}
