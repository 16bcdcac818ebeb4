/**
 * Keeps each server's status what its machine really is. Told by the driver and by ended operations, and looks by
 * itself now and then; while an operation that changes the machine is under way, that operation has the word.
 */
import { type Db, inTransaction } from '../db/database.ts'
import type { ServerStatus } from '../domain/servers.ts'
import type { Driver, MachineState } from '../drivers/driver.ts'
import { inLane } from '../operations/journal.ts'
import { serverLane } from '../operations/lanes.ts'

const statusOf = { running: 'active', paused: 'suspended', absent: 'stopped' } as const satisfies Record<
  MachineState['state'],
  ServerStatus
>

/** A snapshot does not change whether a machine runs. */
const HARMLESS = 'snapshot_create'

export class Watcher {
  readonly #db: Db
  readonly #driver: Driver
  readonly #now: () => number
  readonly #log: { warn(fields: object, text: string): void }
  readonly #pending = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #forget = () => {}

  constructor(db: Db, driver: Driver, now: () => number, log: { warn(fields: object, text: string): void }) {
    this.#db = db
    this.#driver = driver
    this.#now = now
    this.#log = log
  }

  async start(everyMs: number): Promise<void> {
    this.#forget = this.#driver.onEvent(({ serverId }) => this.look(serverId))
    await this.lookAtAll()
    this.#timer = setInterval(() => void this.lookAtAll(), everyMs)
  }

  async stop(): Promise<void> {
    this.#forget()
    clearInterval(this.#timer)
    await Promise.all(this.#pending)
  }

  look(serverId: number): void {
    const looking = this.#reconcile(serverId)
      .catch(error => this.#log.warn({ server: serverId, err: error }, 'could not ask for the state of a server'))
      .finally(() => this.#pending.delete(looking))
    this.#pending.add(looking)
  }

  async lookAtAll(): Promise<void> {
    for (const { id } of await this.#db.selectFrom('servers').select('id').execute()) this.look(id)
    await Promise.all(this.#pending)
  }

  async #reconcile(serverId: number): Promise<void> {
    const machine = await this.#driver.inspect(serverId)
    await inTransaction(this.#db, async trx => {
      const busy = (await inLane(trx, serverLane(serverId))).some(operation => operation.kind !== HARMLESS)
      if (busy) return
      const server = await trx
        .selectFrom('servers')
        .select(['status', 'status_reason'])
        .where('id', '=', serverId)
        .executeTakeFirst()
      const status = statusOf[machine.state]
      if (!server || server.status === status || server.status === 'creating') return
      await trx
        .updateTable('servers')
        .set({ status, status_reason: machine.reason ?? reasonWhenUnseen[status] ?? null, updated_at: this.#now() })
        .where('id', '=', serverId)
        .execute()
    })
  }
}

/** The machine changed while nobody was looking. */
const reasonWhenUnseen: Partial<Record<ServerStatus, string>> = {
  stopped: 'QEMU had ended when the service came to look',
}
