import { randomBytes } from 'node:crypto'
import { type Level, Mismatch } from './check.ts'
import { type Client, connect, delay, type Reply } from './client.ts'

export interface Options {
  readonly url: string
  readonly token: string
  /** The server to work on; without it the one with the fewest snapshots. It is restored to how it was at the beginning. */
  readonly serverId?: number | undefined
  readonly level: Level
  /** How long anything may take before it counts as not happening, ms. */
  readonly timeoutMs: number
  /** First pause between two looks, ms; it grows. */
  readonly pollMs: number
  /** Instead of the network, in tests. */
  readonly fetch?: typeof fetch | undefined
  /** A snapshot of another account, for the checks that need one. */
  readonly foreignId?: number | undefined
}

export interface ServerRow {
  readonly id: number
  readonly name: string
  readonly status: string
  readonly location: unknown
}

export interface SnapshotRow {
  readonly id: number
  readonly name: string
  readonly status: string
  readonly size_mb: unknown
  readonly created_at: string
}

/** The documented limit. */
export const SNAPSHOT_LIMIT = 5
/** The suite never keeps more than two, and needs one more in passing. */
const SLOTS_NEEDED = 3
const LONGEST_PAUSE_MS = 5000
const BUSY = ['restoring', 'creating']

/** There is nothing here that the suite could work on. */
export class NoServer extends Error {
  override readonly name = 'NoServer'
}

/** One run against one server: what it works on, what it has made, and what must go again. */
export class Session {
  readonly client: Client
  readonly options: Options
  readonly server: ServerRow
  /** How many snapshots the server had before. */
  readonly snapshotsBefore: number
  /** In every name that this run gives. */
  readonly mark = `conformance-${randomBytes(4).toString('hex')}`
  readonly #fixtures = new Map<string, Promise<unknown>>()
  readonly #made = new Set<string>()
  readonly #operations = new Set<string>()
  #names = 0

  constructor(client: Client, options: Options, server: ServerRow, snapshotsBefore: number) {
    this.client = client
    this.options = options
    this.server = server
    this.snapshotsBefore = snapshotsBefore
  }

  get full(): boolean {
    return this.options.level === 'full'
  }

  name(): string {
    return `${this.mark}-${++this.#names}`
  }

  /** Made by the first that asks; all the others get the same. */
  once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const known = this.#fixtures.get(name) as Promise<T> | undefined
    if (known) return known
    const made = make()
    this.#fixtures.set(name, made)
    return made
  }

  /** POST /snapshots/ for this server; whatever it makes goes at the end. */
  async create(
    body: Record<string, unknown> = {},
    options: { query?: string; headers?: Record<string, string> } = {},
  ): Promise<Reply> {
    const reply = await this.client.post(
      `/snapshots/${options.query ?? ''}`,
      { server_id: this.server.id, name: this.name(), ...body },
      { headers: options.headers ?? {} },
    )
    return this.keepTrack(reply, '/snapshots')
  }

  /** The same, and whatever it makes goes at once, so that it takes no slot from the next. */
  async attempt(...args: Parameters<Session['create']>): Promise<Reply> {
    const reply = await this.create(...args)
    const id = madeId(reply)
    if (id !== undefined) await this.remove(`/snapshots/${id}/`)
    return reply
  }

  /** Remembers what a reply says was made or begun. */
  keepTrack(reply: Reply, collection?: '/snapshots' | '/tokens'): Reply {
    const id = madeId(reply)
    if (collection && id !== undefined) this.#made.add(`${collection}/${id}/`)
    const operation = reply.headers.get('operation-id')
    if (operation && this.full) this.#operations.add(operation)
    return reply
  }

  /** Deletes until it is gone; a server may refuse while it is busy with it. */
  async remove(path: string): Promise<void> {
    const gone = await this.poll(async () => [204, 404].includes((await this.client.delete(path)).status) || undefined)
    if (!gone) throw new Error(`${path} could not be deleted`)
    this.#made.delete(path)
  }

  /** Unfiltered, so that a wrong filter does not spoil what has nothing to do with it. */
  async snapshots(): Promise<SnapshotRow[]> {
    return rows<SnapshotRow>(await this.client.get('/snapshots/'))
  }

  async serverNow(): Promise<ServerRow | undefined> {
    return rows<ServerRow>(await this.client.get('/servers/')).find(row => row.id === this.server.id)
  }

  /** Asks until `look` gives something, or time is up. */
  async poll<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
    const end = Date.now() + this.options.timeoutMs
    for (let pause = this.options.pollMs; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
      const seen = await look()
      if (seen !== undefined || Date.now() > end) return seen
      await delay(pause)
    }
  }

  /** Waits until nothing that this run began is still going on, and gives the server as it then is. */
  async settled(): Promise<ServerRow> {
    for (const id of this.#operations) {
      await this.poll(async () => {
        const reply = await this.client.get(`/operations/${id}/`)
        return reply.status !== 200 || typeof (reply.json as { ended_at?: unknown }).ended_at === 'string' || undefined
      })
      this.#operations.delete(id)
    }
    const server = await this.poll(async () => {
      const row = await this.serverNow()
      return row && !BUSY.includes(row.status) ? row : undefined
    })
    if (!server) throw new Mismatch('a server that comes out of its operation', 'it did not in time')
    return server
  }

  /** A POST that a busy server may refuse: waits and tries again as it says. */
  async whenFree(path: string, headers?: () => Record<string, string>): Promise<Reply> {
    await this.settled()
    const reply = await this.poll(async () => {
      const tried = await this.client.post(path, undefined, { headers: headers?.() ?? {} })
      return (tried.json as { code?: unknown } | undefined)?.code === 'server_busy' ? undefined : tried
    })
    if (!reply) throw new Mismatch('a server that becomes free', 'it stayed busy')
    return this.keepTrack(reply)
  }

  /** Deletes everything this run has made. Gives what is left of it. */
  async cleanUp(): Promise<string[]> {
    for (const path of this.#made) await this.remove(path).catch(() => {})
    const left = (await this.snapshots()).filter(row => typeof row.name === 'string' && row.name.startsWith(this.mark))
    for (const row of left) await this.remove(`/snapshots/${row.id}/`).catch(() => {})
    return [...this.#made, ...left.map(row => `/snapshots/${row.id}/`)]
  }
}

/** Chooses the server to work on. */
export async function openSession(options: Options): Promise<Session> {
  const client = connect(options.url, options.token, options.fetch)
  const reply = await client.get('/servers/')
  if (reply.status >= 300) throw new NoServer(`GET /servers/ answered ${reply.status}`)
  const servers = rows<ServerRow>(reply).filter(row =>
    options.serverId === undefined ? ['active', 'stopped'].includes(row.status) : row.id === options.serverId,
  )
  const snapshots = rows<{ server?: { id?: unknown } }>(await client.get('/snapshots/'))
  const best = servers
    .map(server => ({ server, taken: snapshots.filter(row => row.server?.id === server.id).length }))
    .sort((a, b) => a.taken - b.taken)[0]
  if (!best) throw new NoServer('there is no server that is active or stopped')
  if (best.taken > SNAPSHOT_LIMIT - SLOTS_NEEDED) {
    throw new NoServer(`server ${best.server.id} has ${best.taken} snapshots; at most 2 of the 5 may be in use`)
  }
  return new Session(client, options, best.server, best.taken)
}

/** The results of a list, or none where it is not one. */
export function rows<T>(reply: Reply): T[] {
  const results = (reply.json as { results?: unknown } | null | undefined)?.results
  return Array.isArray(results) ? (results as T[]) : []
}

function madeId(reply: Reply): number | undefined {
  const id = (reply.json as { id?: unknown } | null | undefined)?.id
  return reply.status < 300 && typeof id === 'number' ? id : undefined
}
