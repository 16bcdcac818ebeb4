import type { CommandSpec } from '../../command.ts'
import { tellDryRun } from '../../dry-run.ts'
import { serverId } from '../../find.ts'
import { dryRunOption, type Rehearsing, type Waiting, waitingOptions } from '../../options.ts'
import { snapshotLine } from '../../views/snapshot.ts'
import { startAndWait } from '../../wait.ts'

interface Given extends Waiting, Rehearsing {
  readonly server: string
  readonly name: string
  readonly description?: string
  readonly consistency?: 'auto' | 'crash' | 'filesystem'
}

export const command: CommandSpec<Given> = {
  summary: 'take a snapshot of a server',
  arguments: { '<server>': 'name or id' },
  options: {
    '--name <name>': { what: 'of the snapshot', isNeeded: true },
    '--description <text>': 'for people',
    '--consistency <consistency>': {
      what: 'auto: the best that can be proven; crash: no freeze; filesystem: that or nothing',
      choices: ['auto', 'crash', 'filesystem'],
    },
    ...waitingOptions,
    ...dryRunOption,
  },
  example: 'restpoint snapshot create web-server-01 --name before-upgrade',
  async run(context, { server, name, description, consistency, dryRun, ...waiting }) {
    const connected = await context.connect()
    const { restpoint, scope } = connected
    const body = { server_id: await serverId(connected, server), name, description }
    const query = { ...scope, consistency }
    if (dryRun) return tellDryRun(context, await restpoint.dryRun.snapshots.create(body, query))
    const start = (hold: object) => restpoint.snapshots.create(body, { ...query, ...hold })
    return startAndWait(context, connected, waiting, start, {
      read: ({ id }) => restpoint.snapshots.get(id, scope),
      lines: snapshotLine,
    })
  },
}
