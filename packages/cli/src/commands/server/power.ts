/** What start, stop and reboot have in common: all but the verb. */
import type { CommandSpec } from '../../command.ts'
import type { Context } from '../../context.ts'
import { tellDryRun } from '../../dry-run.ts'
import { serverId } from '../../find.ts'
import { dryRunOption, type Rehearsing, type Waiting, waitingOptions } from '../../options.ts'
import { serverLine } from '../../views/server.ts'
import { startAndWait } from '../../wait.ts'

export const powerParts: Pick<CommandSpec, 'arguments' | 'options'> = {
  arguments: { '<server>': 'name or id' },
  options: { ...waitingOptions, ...dryRunOption },
}

export async function power(
  context: Context,
  verb: 'start' | 'stop' | 'reboot',
  { server, dryRun, ...waiting }: { server: string } & Waiting & Rehearsing,
): Promise<number | undefined> {
  const connected = await context.connect()
  const { restpoint, scope } = connected
  const id = await serverId(connected, server)
  if (dryRun) return tellDryRun(context, await restpoint.dryRun.servers[verb](id, scope))
  return startAndWait(context, connected, waiting, hold => restpoint.servers[verb](id, { ...scope, ...hold }), {
    read: () => restpoint.servers.get(id, scope),
    lines: serverLine,
  })
}
