import type { CommandSpec } from '../../command.ts'
import { tellDryRun } from '../../dry-run.ts'
import { snapshotId } from '../../find.ts'
import { bodyOf, type Shape, shapeOptions } from '../../new-server.ts'
import { dryRunOption, ofServerOption, type Rehearsing, type Waiting, waitingOptions } from '../../options.ts'
import { newServerLines } from '../../views/server.ts'
import { startAndWait } from '../../wait.ts'

interface Given extends Shape, Waiting, Rehearsing {
  readonly snapshot: string
  readonly name: string
  readonly server?: string
  readonly quarantine?: boolean
}

export const command: CommandSpec<Given> = {
  summary: 'make a new server that begins with what a snapshot holds, and start it',
  more: 'What you leave away is as in the server that the snapshot is of.',
  arguments: { '<snapshot>': 'name or id', '<name>': 'of the new server' },
  options: {
    ...ofServerOption,
    '--quarantine': 'its network cable is unplugged',
    ...shapeOptions,
    ...waitingOptions,
    ...dryRunOption,
  },
  example: 'restpoint snapshot clone before-upgrade web-server-trial --quarantine',
  async run(context, { snapshot, name, server, quarantine, dryRun, wait, timeout, ...shape }) {
    const connected = await context.connect()
    const { restpoint, scope } = connected
    const snapshot_id = await snapshotId(connected, snapshot, server)
    const origin = (await restpoint.snapshots.get(snapshot_id, scope)).server.id
    const { vcpus, memory, storage } = shape
    const isOther = vcpus !== undefined || memory !== undefined || storage !== undefined
    const plan = isOther ? { plan: { vcpus, memory, storage } } : {}
    const body = { snapshot_id, name, quarantine, ...plan, ...(await bodyOf(shape)) }
    if (dryRun) return tellDryRun(context, await restpoint.dryRun.servers.clone(origin, body, scope))
    const start = (hold: object) => restpoint.servers.clone(origin, body, { ...scope, ...hold })
    return startAndWait(context, connected, { wait, timeout }, start, {
      read: ({ id }) => restpoint.servers.get(id, scope),
      lines: newServerLines,
    })
  },
}
