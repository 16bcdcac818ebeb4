import type { CommandSpec } from '../../command.ts'
import { snapshotId } from '../../find.ts'
import { ofServerOption } from '../../options.ts'
import { snapshotLines } from '../../views/snapshot.ts'

export const command: CommandSpec<{ snapshot: string; server?: string }> = {
  summary: 'show a snapshot with its receipt',
  arguments: { '<snapshot>': 'name or id' },
  options: ofServerOption,
  example: 'restpoint snapshot show before-upgrade --server web-server-01',
  async run(context, { snapshot, server }) {
    const connected = await context.connect()
    const id = await snapshotId(connected, snapshot, server)
    context.tell(await connected.restpoint.snapshots.get(id, connected.scope), snapshotLines)
    return undefined
  },
}
