/** Start, stop and reboot: one step each; asking twice is harmless, because the driver looks first. */
import type { Db, Trx } from '../db/database.ts'
import { lockServer } from '../db/database.ts'
import { isLegal, legalStates } from '../domain/servers.ts'
import type { Driver } from '../drivers/driver.ts'
import { Failure } from '../errors.ts'
import { readDisks, readMachine } from '../layers/machine.ts'
import { readOwnServer } from '../layers/own-server.ts'
import { leaseForUse, readChain } from '../layers/store.ts'
import { refuseIfBusy } from '../operations/busy.ts'
import { enqueue } from '../operations/journal.ts'
import { serverLane } from '../operations/lanes.ts'
import type { OperationKind, Step } from '../operations/operation.ts'
import { refuse, refuseIf } from '../operations/refuse.ts'
import { checkMemory, type Memory } from './offer.ts'

export type PowerAction = 'start' | 'stop' | 'reboot'

export interface PowerDeps {
  readonly driver: Driver
  readonly now: () => number
  /** How long a guest may take to power off by itself, ms. */
  readonly stopGraceMs: number
}

/** What a start may carry: that it is the service's own. */
export interface PowerInput {
  /** It ran when the host went down, and its row says so still. */
  readonly afterHost?: boolean
}

/** `memory`: what the host has; null where nothing will be started. */
export async function requestPower(
  trx: Trx,
  deps: Pick<PowerDeps, 'now'>,
  action: PowerAction,
  request: { readonly accountId: number; readonly serverId: number },
  memory: Memory | null,
): Promise<{ operationId: number }> {
  const { accountId, serverId } = request
  await lockServer(trx, serverId)
  const server = await readOwnServer(trx, request)
  await refuseIfBusy(trx, serverId)
  if (!isLegal(action, server.status)) {
    const states = legalStates[action].join(', ')
    const detail = `Server ${serverId} is ${server.status}; ${action} needs one of: ${states}.`
    refuse(trx, new Failure('server_wrong_state', detail))
  }
  // A suspended one has its memory already.
  if (action === 'start' && server.status === 'stopped' && memory !== null) {
    await refuseIf(trx, () => checkMemory(server.memory_mb, memory))
  }
  const lane = serverLane(serverId)
  const input: PowerInput = {}
  const operationId = await enqueue(trx, { accountId, kind: `server_${action}`, lane, serverId, input }, deps.now())
  return { operationId }
}

export function powerKinds(db: Db, deps: PowerDeps): OperationKind<PowerInput, object>[] {
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
          if (state === 'paused') {
            await driver.resume(serverId)
            return undefined
          }
          const machine = await readMachine(db, serverId)
          if (state === 'absent') checkMemory(machine.memoryMb, await driver.memory())
          await driver.start(machine)
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
  steps: readonly Step<PowerInput, object>[],
): OperationKind<PowerInput, object> {
  return {
    kind,
    deadlineMs: 5 * 60_000,
    background: false,
    cancellable: false,
    steps,
    async completed(trx, { operation }) {
      await trx
        .updateTable('servers')
        .set({
          status,
          status_reason: null,
          updated_at: deps.now(),
          ...(status === 'stopped' ? { ip_address: null } : {}),
        })
        .where('id', '=', operation.serverId)
        .execute()
    },
    async failed(trx, { operation, input }, error) {
      const reason = `${kind.replace('server_', 'The last ')} failed: ${error.detail}`
      const after = {
        status: 'stopped',
        status_reason: `It ran when the host went down, and could not be started again: ${error.detail}`,
      } as const
      await trx
        .updateTable('servers')
        .set({ ...(input.afterHost ? after : { status_reason: reason }), updated_at: deps.now() })
        .where('id', '=', operation.serverId)
        .execute()
    },
  }
}
