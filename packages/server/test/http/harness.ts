/**
 * The whole API on a real database, with the real engine and machines in memory (the memory driver). What a test opens
 * is closed when it ends.
 */
import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import type { InjectOptions, Response } from 'light-my-request'
import { pino } from 'pino'
import { makeAccount } from '../../src/accounts/create.ts'
import { type AppConfig, type AppDeps, buildApp } from '../../src/app.ts'
import { inTransaction } from '../../src/db/database.ts'
import type { Permission } from '../../src/domain/permissions.ts'
import { openMemory } from '../../src/drivers/memory/controls.ts'
import { Feed } from '../../src/events/feed.ts'
import { Recorder } from '../../src/records/recorder.ts'
import { buildService } from '../../src/service.ts'
import { Terminals } from '../../src/terminals/terminals.ts'
import { makeToken } from '../../src/tokens/create.ts'
import { SignIn } from '../../src/tokens/sign-in.ts'
import { anyServer } from '../support/any-server.ts'
import { compiledSchemas } from '../support/compiled-schemas.ts'
import { type EmptyDatabase, openEmptyDatabase } from '../support/database.ts'
import { kindOf } from '../support/databases.ts'
import { recordsInMemory } from '../support/records.ts'

export const MIB = 1024 * 1024

export interface Call {
  readonly method?: 'GET' | 'POST' | 'DELETE' | 'PUT' | 'PATCH' | 'HEAD' | 'OPTIONS'
  /** Null: no Authorization header. */
  readonly token?: string | null
  readonly headers?: Record<string, string>
  readonly body?: unknown
  /** The body as it is, undressed. */
  readonly raw?: string | Buffer
}

export type OwnDatabase = Pick<EmptyDatabase, 'db' | 'close'> & Partial<Pick<EmptyDatabase, 'listen'>>
interface WorldOptions {
  engine?: boolean
  /** False: consoles are left to others. */
  terminal?: boolean
  hears?: boolean
  /** Of the feed. */
  keptEvents?: number
  heartbeatMs?: number
  database?: OwnDatabase
}
export type World = Awaited<ReturnType<typeof openWorld>>

/**
 * `engine: false`: operations stay queued, so that what a request does can be looked at by itself. `hears`: events are sent
 * as soon as they are committed, which costs a connection on PostgreSQL.
 */
export async function openWorld(
  t: Pick<TestContext, 'after'>,
  {
    engine = true,
    hears = false,
    keptEvents,
    heartbeatMs,
    database,
    openDocs,
    console,
    terminal = true,
    ...overrides
  }: Partial<AppConfig> & Pick<AppDeps, 'openDocs' | 'console'> & WorldOptions = {},
) {
  const { db, close, listen } = database ?? (await openEmptyDatabase(kindOf(t), { inMemory: true }))
  const memory = openMemory()
  const { driver } = memory
  const clock = { offset: 0 }
  const now = () => Date.now() + clock.offset
  const config: AppConfig = {
    snapshotLimit: 5,
    undoHours: 24,
    reserveMb: 0,
    rateLimit: 0,
    trustedProxies: [],
    ...overrides,
  }
  const service = buildService({
    db,
    driver,
    now,
    snapshotLimit: config.snapshotLimit,
    reserveBytes: config.reserveMb * MIB,
    undoMs: config.undoHours * 3600_000,
    stopGraceMs: 1000,
    log: pino({ level: 'silent' }),
  })
  const records = recordsInMemory()
  const fileOf = ({ id }: { id: number }) => `layers/${id}`
  const recorder = new Recorder({ db, files: records.files, fileOf, everyMs: 3600_000, log: pino({ level: 'silent' }) })
  service.engine.onEnd(() => recorder.wake())
  let isRunning = false
  const cancelled: number[] = []
  const waitedFor: number[] = []
  const lines: string[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
  const ready = { ok: true, checks: { state_folder: true } }
  const feed = new Feed({
    db,
    now,
    log,
    ...(keptEvents === undefined ? {} : { kept: keptEvents }),
    ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
  })
  if (hears) await listen?.(() => feed.wake())
  const terminals = new Terminals({ db, driver, now, log })
  const signIn = new SignIn(now)
  const app = await buildApp({
    db,
    driver,
    feed,
    now,
    log,
    config,
    engine: {
      wake: () => isRunning && service.engine.wake(),
      cancel: id => {
        cancelled.push(id)
        service.engine.cancel(id)
      },
      waitFor: (id, timeoutMs) => {
        waitedFor.push(id)
        return service.engine.waitFor(id, timeoutMs)
      },
    },
    followCable: id => service.cables.follow(id),
    wakeCollector: () => service.collector.wake(),
    wakeRecorder: () => recorder.wake(),
    ready: async () => ready,
    terminals: terminal ? terminals : null,
    signIn,
    compilers: compiledSchemas,
    ...(openDocs ? { openDocs } : {}),
    console,
  })
  const { accountId, token } = await addAccount('owner')
  const serverId = await addServer(accountId, 'web-server-01')
  const startEngine = async () => {
    isRunning = true
    await service.start()
  }
  if (engine) await startEngine()
  t.after(async () => {
    await app.close()
    await terminals.stop()
    await service.stop()
    await recorder.stop()
    await driver.close()
    await close()
  })

  async function addAccount(name: string): Promise<{ accountId: number; token: string }> {
    return inTransaction(db, async trx => {
      const names = { firstName: 'Ada', lastName: name, companyName: 'Example Ltd' }
      const { id } = await makeAccount(trx, { email: `${name}@example.com`, ...names }, now())
      return { accountId: id, token: await tokenOf(trx, id, ['admin']) }
    })
  }

  async function tokenOf(trx: Parameters<typeof makeToken>[0], id: number, permissions: readonly Permission[]) {
    const made = await makeToken(trx, { accountId: id, name: 'test', permissions, expiresAt: null }, now())
    return made.secret
  }

  async function addServer(owner: number, name: string, status: 'active' | 'stopped' = 'stopped'): Promise<number> {
    // At once: what nothing stands on yet is garbage, and the collector may be at work.
    const { image, head, id } = await inTransaction(db, async trx => {
      const created_at = now()
      const layer = { size_bytes: 64 * MIB, format: 'qcow2', created_at, state: 'live' } as const
      const image = await trx
        .insertInto('layers')
        .values({ ...layer, is_image: 1 })
        .returning('id')
        .executeTakeFirstOrThrow()
      const os = await trx
        .insertInto('images')
        .values({ name: 'tiny', os_name: 'Tiny Linux', layer_id: image.id, created_at })
        .returning('id')
        .executeTakeFirstOrThrow()
      const head = await trx
        .insertInto('layers')
        .values({ ...layer, account_id: owner, parent_id: image.id, is_image: 0 })
        .returning('id')
        .executeTakeFirstOrThrow()
      const { id } = await trx
        .insertInto('servers')
        .values({
          ...anyServer,
          account_id: owner,
          uuid: randomUUID(),
          name,
          hostname: `${name}.example.com`,
          status,
          image_id: os.id,
          memory_mb: 128,
          created_at,
          updated_at: created_at,
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      await trx.insertInto('disks').values({ server_id: id, slot: 0, active_layer_id: head.id }).execute()
      return { image, head, id }
    })
    const common = { sizeBytes: 64 * MIB, format: 'qcow2', file: null } as const
    memory.controls.addImage({ ...common, id: image.id, isImage: true }, new Map([[0, 7]]))
    const base = { ...common, id: image.id, isImage: true }
    await driver.createLayer({ ...common, id: head.id, isImage: false }, base)
    return id
  }

  async function call(path: string, { method = 'GET', token: bearer = token, headers, body, raw }: Call = {}) {
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const options: InjectOptions & { url: string } = {
      method,
      url: path.startsWith('/') ? path : `/api/v1/${path}`,
      headers: {
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
        'content-type': 'application/json',
        ...headers,
      },
      ...(payload === undefined ? {} : { payload }),
    }
    if (method !== 'GET' || !/^\/api\/v1\/events\b/.test(options.url)) return read(await app.inject(options))
    return beginningOf(await app.inject({ ...options, payloadAsStream: true }))
  }

  return {
    app,
    db,
    feed,
    memory,
    /** Not started: no console is held until it is. */
    terminals,
    signIn,
    service,
    startEngine,
    recorder,
    records,
    /** Operations that the engine was told to cancel. */
    cancelled,
    /** Operations that a request holds its answer back for. */
    waitedFor,
    config,
    clock,
    lines,
    ready,
    now,
    accountId,
    token,
    serverId,
    addAccount,
    addServer,
    call,
    /** A token of the first account with just these permissions. */
    tokenWith: (...permissions: Permission[]) => inTransaction(db, trx => tokenOf(trx, accountId, permissions)),
    post: (path: string, body?: unknown, more: Call = {}) => call(path, { method: 'POST', body, ...more }),
    create: (name: string, more: Call = {}) =>
      call('snapshots/', { method: 'POST', body: { server_id: serverId, name }, ...more }),
    /** A completed snapshot's id. */
    async completed(name: string): Promise<number> {
      const { status, body } = await this.create(name, { headers: { prefer: 'wait=30' } })
      if (status !== 201 || body.status !== 'completed') throw new Error(`not completed: ${JSON.stringify(body)}`)
      return body.id
    },
    count: async (table: 'snapshots' | 'operations' | 'tokens' | 'idempotency_keys') => {
      const row = await db
        .selectFrom(table)
        .select(eb => eb.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
      return Number(row.count)
    },
  }
}

/** Events have no end: what comes first, and then the client leaves. */
async function beginningOf(response: Response) {
  let text = ''
  for await (const piece of response.stream()) {
    text += piece
    if (response.statusCode !== 200 || !text.includes('\n\n')) continue
    break
  }
  const isProblem = response.statusCode !== 200
  return {
    status: response.statusCode,
    headers: response.headers,
    body: isProblem ? JSON.parse(text) : undefined,
    text,
  }
}

function read(response: Response) {
  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it
  const body: any = response.body === '' ? undefined : JSON.parse(response.body)
  return { status: response.statusCode, headers: response.headers, body, text: response.body }
}
