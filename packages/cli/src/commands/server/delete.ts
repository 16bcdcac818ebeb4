import type { CommandSpec } from '../../command.ts'
import { tellDryRun } from '../../dry-run.ts'
import { serverId } from '../../find.ts'
import { dryRunOption, type Rehearsing, type Waiting, waitingOptions } from '../../options.ts'
import { startAndWait } from '../../wait.ts'

export const command: CommandSpec<{ server: string; withSnapshots?: boolean } & Waiting & Rehearsing> = {
  summary: 'delete a server, for good',
  more: 'It is ended without being asked. What clones of it stand on stays as long as they do.',
  arguments: { '<server>': 'name or id' },
  options: {
    '--with-snapshots': 'its snapshots go as well; without this a server that has any is left alone',
    ...waitingOptions,
    ...dryRunOption,
  },
  example: 'restpoint server delete web-server-02 --with-snapshots --dry-run',
  async run(context, { server, withSnapshots, dryRun, ...waiting }) {
    const connected = await context.connect()
    const { restpoint, scope } = connected
    const id = await serverId(connected, server)
    const options = { ...scope, with_snapshots: withSnapshots }
    if (dryRun) return tellDryRun(context, await restpoint.dryRun.servers.delete(id, options))
    const lines = () => [`Server ${server} is deleted.`]
    const { operationId } = await restpoint.servers.delete(id, options)
    if (operationId === undefined) {
      context.tell(undefined, lines)
      return undefined
    }
    const start = async () => ({ body: undefined, operationId })
    return startAndWait(context, connected, waiting, start, { read: async () => undefined, lines })
  },
}
