/** Start, stop and reboot: one step each; asking twice is harmless, because the driver looks first. */
import type { Db, Trx } from '../db/database.ts'
import { lockServer } from '../db/database.ts'
import { isLegal, legalStates } from '../domain/servers.ts'
import type { Driver } from '../drivers/driver.ts'
import { Failure } from '../errors.ts'
import { readDisks, readMachine } from '../layers/machine.ts'
import { leaseForUse, readChain } from '../layers/store.ts'
import { refuseIfBusy } from '../operations/busy.ts'
import { enqueue } from '../operations/journal.ts'
import { serverLane } from '../operations/lanes.ts'
import type { OperationKind, Step } from '../operations/operation.ts'

export type PowerAction = 'start' | 'stop' | 'reboot'

export interface PowerDeps {
  readonly driver: Driver
  readonly now: () => number
  /** How long a guest may take to power off by itself, ms. */
  readonly stopGraceMs: number
}

export async function requestPower(
  trx: Trx,
  deps: Pick<PowerDeps, 'now'>,
  action: PowerAction,
  request: { readonly accountId: number; readonly serverId: number },
): Promise<{ operationId: number }> {
  const { accountId, serverId } = request
  await lockServer(trx, serverId)
  const server = await trx
    .selectFrom('servers')
    .select('status')
    .where('id', '=', serverId)
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  if (!server) throw new Failure('not_found', `There is no server ${serverId}.`)
  await refuseIfBusy(trx, serverId)
  if (!isLegal(action, server.status)) {
    const states = legalStates[action].join(', ')
    throw new Failure(
      'server_wrong_state',
      `Server ${serverId} is ${server.status}; ${action} needs one of: ${states}.`,
    )
  }
  const lane = serverLane(serverId)
  const operationId = await enqueue(trx, { accountId, kind: `server_${action}`, lane, serverId, input: {} }, deps.now())
  return { operationId }
}

export function powerKinds(db: Db, deps: PowerDeps): OperationKind<object, object>[] {
  const { driver } = deps
  return [
    powerKind(deps, 'server_start', 'active', [
      {
        // The chain stays as it is until the machine has it open.
        name: 'lease',
        weight: 1,
        async record(trx, { operation }) {
          for (const disk of await readDisks(trx, operation.serverId as number)) {
            const chain = await readChain(trx, disk.active_layer_id)
            await leaseForUse(
              trx,
              operation.id,
              chain.map(layer => layer.id),
            )
          }
        },
      },
      {
        name: 'start',
        weight: 9,
        async run({ operation }) {
          const serverId = operation.serverId as number
          const { state } = await driver.inspect(serverId)
          if (state === 'paused') await driver.resume(serverId)
          else await driver.start(await readMachine(db, serverId))
          return undefined
        },
      },
    ]),
    powerKind(deps, 'server_stop', 'stopped', [
      {
        name: 'stop',
        weight: 1,
        async run({ operation }) {
          await driver.stop(operation.serverId as number, deps.stopGraceMs)
          return undefined
        },
      },
    ]),
    powerKind(deps, 'server_reboot', 'active', [
      {
        name: 'reboot',
        weight: 1,
        async run({ operation }) {
          await driver.reboot(operation.serverId as number)
          return undefined
        },
      },
    ]),
  ]
}

function powerKind(
  deps: PowerDeps,
  kind: string,
  status: 'active' | 'stopped',
  steps: readonly Step<object, object>[],
): OperationKind<object, object> {
  return {
    kind,
    deadlineMs: 5 * 60_000,
    background: false,
    cancellable: false,
    steps,
    async completed(trx, { operation }) {
      await trx
        .updateTable('servers')
        .set({ status, status_reason: null, updated_at: deps.now() })
        .where('id', '=', operation.serverId)
        .execute()
    },
    async failed(trx, { operation }, error) {
      await trx
        .updateTable('servers')
        .set({
          status_reason: `${kind.replace('server_', 'The last ')} failed: ${error.detail}`,
          updated_at: deps.now(),
        })
        .where('id', '=', operation.serverId)
        .execute()
    },
  }
}
