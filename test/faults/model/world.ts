/** One sequence's world: two accounts, a host in memory, a database, and a service that dies and comes back. */

import { makeAccount } from '../../../packages/server/src/accounts/create.ts'
import { inTransaction } from '../../../packages/server/src/db/database.ts'
import type { Permission } from '../../../packages/server/src/domain/permissions.ts'
import type { Driver } from '../../../packages/server/src/drivers/driver.ts'
import { type Memory, openMemory } from '../../../packages/server/src/drivers/memory/controls.ts'
import { BLOCK_BYTES } from '../../../packages/server/src/drivers/memory/world.ts'
import { makeToken } from '../../../packages/server/src/tokens/create.ts'
import type { DatabaseKind } from '../../../packages/server/test/support/databases.ts'
import { IMAGE } from './contents.ts'
import { certainOf, judge, type Scene } from './judge.ts'
import { Life, type Reply } from './life.ts'
import { Model } from './model.ts'
import { isUnended, type OperationRow, type Picture } from './picture.ts'
import { openStore, type Store } from './store.ts'
import { turn, VirtualTime } from './time.ts'

/** Something that came in the way of something. */
export interface Strike {
  readonly fault: string
  readonly during: string
  readonly at: string
}

export class World {
  readonly store: Store
  readonly time: VirtualTime
  readonly memory: Memory
  readonly model = new Model()
  readonly strikes: Strike[] = []
  /** What happened, for people. */
  readonly trace: string[] = []
  readonly accounts: { readonly id: number; readonly token: string }[] = []
  readonly #delays: readonly number[]
  #calls = 0
  #life: Life | undefined
  #lastPicture: Picture | undefined
  #nameOfNextStrike = ''
  /** Whether the database was ever away: then requests may be told to come again. */
  hadTrouble = false
  readonly #underWay = new Set<Promise<void>>()
  readonly #wrongs: unknown[] = []
  #names = 0

  private constructor(store: Store, time: VirtualTime, delays: readonly number[]) {
    this.store = store
    this.time = time
    this.#delays = delays
    this.memory = openMemory()
  }

  /** `delays`: turns of the event loop that calls of the driver take, one after the other. */
  static async open(kind: DatabaseKind, delays: readonly number[]): Promise<World> {
    const store = await openStore(kind)
    const time = new VirtualTime()
    time.install()
    const world = new World(store, time, delays)
    await world.#prepare()
    await world.boot()
    return world
  }

  get life(): Life {
    return this.#life as Life
  }

  get controls(): Memory['controls'] {
    return this.memory.controls
  }

  readonly now = () => this.time.now

  async #prepare(): Promise<void> {
    const admin: Permission[] = ['admin']
    for (const name of ['ada', 'ben']) {
      const account = await inTransaction(this.store.db, async trx => {
        const names = { firstName: name, lastName: name, companyName: '' }
        const { id } = await makeAccount(trx, { email: `${name}@example.com`, ...names }, this.now())
        const wanted = { accountId: id, name: 'test', permissions: admin, expiresAt: null }
        return { id, token: (await makeToken(trx, wanted, this.now())).secret }
      })
      this.accounts.push(account)
    }
    const layer = { size_bytes: 64 * BLOCK_BYTES, format: 'qcow2', created_at: this.now(), state: 'live' } as const
    const id = await inTransaction(this.store.db, async trx => {
      const made = trx
        .insertInto('layers')
        .values({ ...layer, is_image: 1 })
        .returning('id')
      const { id } = await made.executeTakeFirstOrThrow()
      const image = { name: 'tiny', os_name: 'Tiny Linux', layer_id: id, created_at: this.now() }
      await trx.insertInto('images').values(image).execute()
      return id
    })
    const file = { id, sizeBytes: layer.size_bytes, format: 'qcow2', isImage: true, file: null } as const
    this.memory.controls.addImage(file, IMAGE)
  }

  /** A service, if there is none. One that cannot start is started again a second later. */
  async boot(): Promise<void> {
    while (!this.#life || this.#life.isDead) {
      await this.#life?.buried()
      this.#life = await Life.begin({
        store: this.store,
        driver: this.#watched(this.memory.reopen()),
        now: this.now,
        pace: () => this.turns(this.#delays[this.#calls++ % this.#delays.length] as number),
        onDeath: () => this.time.forgetAll(),
      })
      if (this.#life.isDead) this.time.step(1000)
    }
  }

  async turns(count: number): Promise<void> {
    for (let n = 0; n < count; n++) await turn()
  }

  /** Lets so much time pass, ms, in a few steps, and everything happen that happens in it. */
  async pass(ms: number): Promise<void> {
    const step = Math.max(500, Math.ceil(ms / 3))
    for (let left = ms; left > 0; left -= step) {
      await this.store.settle()
      await this.boot()
      this.time.step(Math.min(step, left))
    }
    await this.store.settle()
  }

  kill(fault: string): void {
    this.strike(fault, this.underWay().join(' and '), 'between two effects')
    this.life.die()
  }

  strike(fault: string, during: string, at: string): void {
    if (this.strikes.some(one => one.fault === fault && one.during === during)) return
    this.strikes.push({ fault, during, at })
    this.trace.push(`  struck: ${fault}, during ${during}, at ${at}`)
  }

  /** What the next failing call of the driver is to be called. */
  nameStrike(fault: string): void {
    this.#nameOfNextStrike = fault
  }

  /** Kinds of operations that were under way when it was last looked. */
  underWay(serverId?: number): string[] {
    const rows = (this.#lastPicture?.operations ?? []).filter(
      row => isUnended(row) && (serverId === undefined || row.server_id === serverId),
    )
    const running = rows.filter(row => row.status === 'running')
    const kinds = (running.length > 0 ? running : rows).map(row => wordsOf(row.kind)).sort()
    return kinds.length === 0 ? ['rest'] : [...new Set(kinds)]
  }

  newName(prefix: string): string {
    return `${prefix}${++this.#names}`
  }

  /** A request under way, with what there is to say about its answer. */
  watch(answered: Promise<void>): void {
    const watched = answered.catch(error => void this.#wrongs.push(error)).finally(() => this.#underWay.delete(watched))
    this.#underWay.add(watched)
  }

  get inFlight(): number {
    return this.#underWay.size
  }

  /** Throws what is wrong. */
  async judge(): Promise<void> {
    const [wrong] = this.#wrongs
    if (wrong !== undefined) throw wrong
    const before = certainOf(this.model)
    this.#lastPicture = await this.store.picture()
    judge(this.#scene(before), this.#lastPicture)
  }

  #scene(before: Scene['before']): Scene {
    const accounts = this.accounts.map(({ id }) => id)
    return {
      model: this.model,
      controls: this.controls,
      now: this.now,
      accounts,
      isInstant: this.store.kind === 'sqlite',
      before,
    }
  }

  get picture(): Picture {
    return this.#lastPicture as Picture
  }

  ask(
    account: number,
    method: 'GET' | 'POST' | 'DELETE' | 'PATCH',
    path: string,
    more: {
      readonly body?: unknown
      readonly headers?: Record<string, string>
    } = {},
  ): Promise<Reply | 'lost'> {
    const authorization = `Bearer ${this.accounts[account]?.token}`
    return this.life.ask({
      method,
      url: `/api/v1/${path}`,
      headers: { authorization, 'content-type': 'application/json', ...more.headers },
      ...(more.body === undefined ? {} : { payload: JSON.stringify(more.body) }),
    })
  }

  async close(): Promise<void> {
    try {
      this.controls.releaseMerges()
      this.life.die()
      await this.life.buried()
    } finally {
      this.time.uninstall()
      await this.store.close()
    }
  }

  /** Tells what each injected failure came in the way of. */
  #watched(driver: Driver): Driver {
    const wrapped: Record<string, unknown> = {}
    for (const [key, value] of Object.entries(driver)) {
      wrapped[key] =
        typeof value !== 'function' || key === 'onEvent' || key === 'pathOf' ? value : this.#tell(key, value)
    }
    return wrapped as unknown as Driver
  }

  #tell(method: string, call: (...args: unknown[]) => Promise<unknown>) {
    return (...args: unknown[]) =>
      call(...args).catch((error: unknown) => {
        const isOurs = error instanceof Error && error.message.startsWith('injected: ')
        if (isOurs) this.strike(this.#nameOfNextStrike, this.#kindOf(method, args[0]), method)
        throw error
      })
  }

  #kindOf(method: string, about: unknown): string {
    if (/Merge$/.test(method)) return 'merge'
    const serverId = typeof about === 'number' ? about : (about as { serverId?: number }).serverId
    if (serverId !== undefined) return this.underWay(serverId)[0] as string
    const layer = [about].flat()[0] as { id?: number }
    const isOf = (row: OperationRow) => isUnended(row) && row.input.includes(`"layerId":${layer.id}`)
    const found = this.#lastPicture?.operations.find(isOf)
    return found ? wordsOf(found.kind) : 'garbage collection'
  }
}

function wordsOf(kind: string): string {
  return kind.replace('_', ' ')
}
