import type { CommandSpec } from '../../command.ts'
import { tellDryRun } from '../../dry-run.ts'
import { snapshotId } from '../../find.ts'
import { dryRunOption, ofServerOption, type Rehearsing, type Waiting, waitingOptions } from '../../options.ts'
import { serverLine } from '../../views/server.ts'
import { startAndWait } from '../../wait.ts'

interface Given extends Waiting, Rehearsing {
  readonly snapshot: string
  readonly server?: string
}

export const command: CommandSpec<Given> = {
  summary: 'put a server back to a snapshot',
  more: 'A running server is stopped first and runs again afterwards. What was there before can be had back: "restpoint snapshot undo".',
  arguments: { '<snapshot>': 'name or id' },
  options: { ...ofServerOption, ...waitingOptions, ...dryRunOption },
  example: 'restpoint snapshot restore before-upgrade --server web-server-01',
  async run(context, { snapshot, server, dryRun, ...waiting }) {
    const connected = await context.connect()
    const { restpoint, scope } = connected
    const id = await snapshotId(connected, snapshot, server)
    if (dryRun) return tellDryRun(context, await restpoint.dryRun.snapshots.restore(id, scope))
    const start = (hold: object) => restpoint.snapshots.restore(id, { ...scope, ...hold })
    return startAndWait(context, connected, waiting, start, {
      read: body => restpoint.servers.get(body.server.id, scope),
      lines: restored => [...serverLine(restored), `To go back: restpoint snapshot undo ${restored.id}`],
    })
  },
}
