import { setTimeout as sleep } from 'node:timers/promises'
import { examine } from '../../../packages/server/src/doctor/examine.ts'
import { makeCluster, urlOf } from '../../support/postgres.ts'
import { contentHash } from '../../system/support/content.ts'
import { randomOf } from '../../system/support/random.ts'
import { until } from '../../system/support/until.ts'
import type { Cell, Tally } from '../tally.ts'
import { type Action, actions, type World } from './actions.ts'
import { pathOfSnapshot, SoakGuest } from './guest.ts'
import { SoakHost } from './host.ts'

export interface SoakOptions {
  readonly seed: number
  readonly minutes: number
  readonly kills: number
  readonly isOnPostgres: boolean
}

type Victim = 'the service' | 'QEMU' | 'the service and QEMU'

/** Rounds between two looks at everything. */
const THOROUGH_EVERY = 10
/** A kill comes this long after a request, at most, ms. */
const LONGEST_DELAY_MS = 400
/** Slow enough that merges are hit as well. */
const env = { RESTPOINT_MERGE_MB_PER_SECOND: '4', RESTPOINT_SNAPSHOT_LIMIT: '6', RESTPOINT_RESERVE_MB: '64' }

export async function soak(options: SoakOptions): Promise<Pick<Tally, 'cells' | 'kills'>> {
  const cluster = options.isOnPostgres ? await makeCluster() : undefined
  const url = cluster ? urlOf(cluster.folder, 'postgres') : null
  const host = await SoakHost.start({ ...env, ...(url === null ? {} : { RESTPOINT_DATABASE_URL: url }) })
  try {
    return await new Soak(host, options, url).run()
  } finally {
    await host.end()
    await cluster?.end()
  }
}

class Soak {
  readonly #host: SoakHost
  readonly #options: SoakOptions
  readonly #postgres: string | null
  readonly #random: () => number
  readonly #world: World
  readonly #hashes = new Map<number, string>()
  readonly #cells: Cell[] = []
  #kills = 0

  constructor(host: SoakHost, options: SoakOptions, postgres: string | null) {
    this.#host = host
    this.#postgres = postgres
    this.#options = options
    this.#random = randomOf(options.seed)
    this.#world = {
      host,
      guests: [new SoakGuest(host.stateDir, 1)],
      timelines: new Map(),
      random: this.#random,
      asked: Promise.resolve(),
    }
  }

  async run(): Promise<Pick<Tally, 'cells' | 'kills'>> {
    const { seed, minutes, kills, isOnPostgres } = this.#options
    const on = isOnPostgres ? 'qemu and postgres' : 'qemu'
    console.log(`soak: seed ${seed}, at most ${minutes} minutes or ${kills} kills [${on}]`)
    await this.#settle()
    await this.#addClone()
    const end = Date.now() + minutes * 60_000
    for (let round = 1; this.#kills < kills && Date.now() < end; round++) {
      const action = this.#pick(actions)
      const victim = this.#pickVictim()
      const delay = Math.round(this.#random() * LONGEST_DELAY_MS)
      const during = action.name
      let lost: string | null = null
      try {
        await this.#round(action, victim, delay)
        if (round % THOROUGH_EVERY === 0) await this.#lookAtEverything()
      } catch (error) {
        lost = (error as Error).message
      }
      this.#cells.push({
        fault: `${victim}: SIGKILL`,
        during,
        at: `round ${round}, ${delay} ms after the request`,
        on,
        lost,
      })
      console.log(`  ${round}: ${during}, after ${delay} ms ${victim} killed: ${lost ?? 'nothing lost'}`)
      // What comes after it would be its consequence.
      if (lost !== null) {
        console.log(this.#host.service.output().slice(-4000))
        return { cells: this.#cells, kills: this.#kills }
      }
    }
    await this.#lookAtEverything()
    return { cells: this.#cells, kills: this.#kills }
  }

  #pick<Value>(of: readonly Value[]): Value {
    return of[Math.floor(this.#random() * of.length)] as Value
  }

  #pickVictim(): Victim {
    const dice = this.#random()
    return dice < 0.72 ? 'the service' : dice < 0.95 ? 'QEMU' : 'the service and QEMU'
  }

  async #addClone(): Promise<void> {
    const { host, guests, timelines } = this.#world
    const [origin] = guests as [SoakGuest]
    await origin.more(20)
    const before = origin.timeline.cut()
    const { id } = await host.api.snapshot(1, 'for-the-clone')
    const timeline = before
    timelines.set('for-the-clone', timeline)
    const body = { name: 'clone', snapshot_id: id, network: 'none', plan: { memory: 128 } }
    const reply = await host.api.call<{ id: number }>('POST', '/servers/1/clone/', body, { prefer: 'wait=60' })
    if (reply.status !== 201) throw new Error(`no clone: ${JSON.stringify(reply.body)}`)
    const clone = new SoakGuest(host.stateDir, reply.body.id)
    clone.timeline = timeline.cut()
    guests.push(clone)
    await this.#settle()
  }

  async #round(action: Action, victim: Victim, delay: number): Promise<void> {
    const { host, guests } = this.#world
    const guest = this.#pick(guests)
    const resolve = await action.begin(this.#world, guest)
    await sleep(delay)
    if (victim !== 'QEMU') {
      await host.killService()
      this.#kills++
    }
    if (victim !== 'the service' && (await host.killMachine(guest.id))) {
      this.#kills++
      guest.leave()
    }
    if (victim !== 'QEMU') await host.startService()
    await this.#world.asked
    await host.calm()
    await resolve()
    await this.#settle()
  }

  /** Both run, somebody is in each, and each holds what it must. */
  async #settle(): Promise<void> {
    const { host, guests } = this.#world
    for (const guest of guests) {
      let status = ''
      await until(`server ${guest.id} to be seen as it is`, async () => {
        status = await host.status(guest.id)
        const isThere = (await host.pidOf(guest.id)) !== undefined
        return (status === 'active' && isThere) || (status === 'stopped' && !isThere)
      }).catch(error => {
        throw new Error(`${error.message}; its status is ${status}`)
      })
      if (status === 'stopped') {
        guest.leave()
        await host.api.perform(`/servers/${guest.id}/start/`)
      }
    }
    await Promise.all(guests.map(guest => (guest.isInside ? guest.more(1) : guest.enter())))
  }

  /** In the guests, in the layers of all snapshots, and whatever the doctor looks at. */
  async #lookAtEverything(): Promise<void> {
    const { host, guests, timelines } = this.#world
    await Promise.all(guests.map(guest => guest.verify()))
    const snapshots = await host.snapshots()
    for (const { id, name, status, server } of snapshots) {
      if (status !== 'completed') continue
      if (!timelines.has(name)) throw new Error(`snapshot ${id} is of nobody`)
      const path = pathOfSnapshot(await host.api.layers(server.id), id)
      if (path === undefined) throw new Error(`snapshot ${id} has no layer`)
      const hash = await contentHash(path)
      const before = this.#hashes.get(id) ?? hash
      this.#hashes.set(id, hash)
      if (hash !== before) throw new Error(`the content of snapshot ${id} has changed`)
    }
    const limits = { snapshotLimit: Number(env.RESTPOINT_SNAPSHOT_LIMIT), reserveMb: Number(env.RESTPOINT_RESERVE_MB) }
    const findings = await examine(host.stateDir, { postgres: this.#postgres, ...limits })
    const wrong = findings.map(({ invariant, subject, text }) => `${invariant}, ${subject}: ${text}`)
    if (wrong.length > 0) throw new Error(`the doctor finds: ${wrong.join('; ')}`)
  }
}
