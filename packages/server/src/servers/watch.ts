/**
 * Keeps each server's status what its machine really is. Told by the driver and by ended operations, and looks by
 * itself now and then; while an operation that changes the machine is under way, that operation has the word.
 */
import { type Db, inTransaction, type Trx } from '../db/database.ts'
import type { ServerStatus } from '../domain/servers.ts'
import type { Driver, MachineState } from '../drivers/driver.ts'
import { inLane } from '../operations/journal.ts'
import { serverLane } from '../operations/lanes.ts'
import type { Addresses } from './addresses.ts'
import type { Cables } from './cable.ts'

const statusOf = { running: 'active', paused: 'suspended', absent: 'stopped' } as const satisfies Record<
  MachineState['state'],
  ServerStatus
>

/** A snapshot does not change whether a machine runs. */
const HARMLESS = 'snapshot_create'

/** Their status says nothing of a machine: there is none yet, or never was one. */
const withoutMachine: readonly ServerStatus[] = ['creating', 'failed']

export interface WatcherOptions {
  readonly db: Db
  readonly driver: Driver
  readonly now: () => number
  readonly log: { warn(fields: object, text: string): void }
  readonly addresses: Pick<Addresses, 'ask' | 'forget'>
  readonly cables: Pick<Cables, 'catchUp'>
}

export class Watcher {
  readonly #options: WatcherOptions
  readonly #pending = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #forget = () => {}

  constructor(options: WatcherOptions) {
    this.#options = options
  }

  async start(everyMs: number): Promise<void> {
    this.#forget = this.#options.driver.onEvent(({ serverId }) => this.look(serverId))
    await this.lookAtAll()
    this.#timer = setInterval(() => {
      this.lookAtAll().catch(err => this.#options.log.warn({ err }, 'could not look at the servers'))
    }, everyMs)
  }

  async stop(): Promise<void> {
    this.#forget()
    clearInterval(this.#timer)
    await Promise.all(this.#pending)
  }

  look(serverId: number): void {
    const { log } = this.#options
    const looking = this.#reconcile(serverId)
      .catch(error => log.warn({ server: serverId, err: error }, 'could not ask for the state of a server'))
      .finally(() => this.#pending.delete(looking))
    this.#pending.add(looking)
  }

  async lookAtAll(): Promise<void> {
    const servers = this.#options.db.selectFrom('servers').select('id').where('deleted_at', 'is', null)
    for (const { id } of await servers.execute()) this.look(id)
    await Promise.all(this.#pending)
  }

  async #reconcile(serverId: number): Promise<void> {
    const { db, driver, addresses, cables } = this.#options
    const machine = await driver.inspect(serverId)
    await inTransaction(db, trx => this.#record(trx, serverId, machine))
    if (machine.state !== 'absent') await cables.catchUp(serverId)
    if (machine.state === 'running') addresses.ask(serverId)
    if (machine.state === 'absent') addresses.forget(serverId)
  }

  async #record(trx: Trx, serverId: number, machine: MachineState): Promise<void> {
    const busy = (await inLane(trx, serverLane(serverId))).some(operation => operation.kind !== HARMLESS)
    if (busy) return
    const server = await trx
      .selectFrom('servers')
      .select(['status', 'ip_address'])
      .where('id', '=', serverId)
      .where('deleted_at', 'is', null)
      .executeTakeFirst()
    if (!server || withoutMachine.includes(server.status)) return
    const status = statusOf[machine.state]
    const hasChanged = server.status !== status
    const hasLostAddress = machine.state === 'absent' && server.ip_address !== null
    if (!hasChanged && !hasLostAddress) return
    const status_reason = machine.reason ?? reasonWhenUnseen[status] ?? null
    await trx
      .updateTable('servers')
      .set({
        updated_at: this.#options.now(),
        ...(hasLostAddress ? { ip_address: null } : {}),
        ...(hasChanged ? { status, status_reason } : {}),
      })
      .where('id', '=', serverId)
      .execute()
  }
}

/** The machine changed while nobody was looking. */
const reasonWhenUnseen: Partial<Record<ServerStatus, string>> = {
  stopped: 'QEMU had ended when the service came to look',
}
