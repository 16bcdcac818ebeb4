import type { CommandSpec } from '../../command.ts'
import { tellDryRun } from '../../dry-run.ts'
import { snapshotId } from '../../find.ts'
import { dryRunOption, ofServerOption, type Rehearsing } from '../../options.ts'

export const command: CommandSpec<{ snapshot: string; server?: string } & Rehearsing> = {
  summary: 'delete a snapshot, for good',
  more: 'Its space is freed in the background.',
  arguments: { '<snapshot>': 'name or id' },
  options: { ...ofServerOption, ...dryRunOption },
  example: 'restpoint snapshot delete before-upgrade --dry-run',
  async run(context, { snapshot, server, dryRun }) {
    const connected = await context.connect()
    const { restpoint, scope } = connected
    const id = await snapshotId(connected, snapshot, server)
    if (dryRun) return tellDryRun(context, await restpoint.dryRun.snapshots.delete(id, scope))
    context.tell(await restpoint.snapshots.delete(id, scope), () => [`Snapshot ${snapshot} is deleted.`])
    return undefined
  },
}
