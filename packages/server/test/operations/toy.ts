/**
 * A kind of operation of which everything can be seen: three steps, each of which puts one thing into a world outside
 * the database and one row into it.
 */
import type { TestContext } from 'node:test'
import { type Db, inTransaction } from '../../src/db/database.ts'
import type { Engine, EngineOptions } from '../../src/operations/engine.ts'
import { enqueue } from '../../src/operations/journal.ts'
import type { OperationKind } from '../../src/operations/operation.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { type DatabaseKind, kindOf } from '../support/databases.ts'
import { type AnyKind, makeEngine } from '../support/engine.ts'

export const steps = ['dig', 'build', 'paint'] as const
export type StepName = (typeof steps)[number]

export interface Toy extends Omit<TestDatabase, 'kind'> {
  /** `operation:step` of everything that stands in the world outside. */
  readonly things: Set<string>
  /** In which order effects, undos and endings happened. */
  readonly log: string[]
  readonly kind: AnyKind
  engine(kinds: readonly AnyKind[], options?: Partial<Omit<EngineOptions, 'kinds'>>): Engine
  /** In the lane `main` unless another is named. */
  request(options?: { lane?: string; kind?: string; input?: unknown }): Promise<number>
  /** `operation:step` of the rows that the steps recorded. */
  recorded(): Promise<string[]>
  row(id: number): Promise<Awaited<ReturnType<typeof readRow>>>
  /** `event` or `event step`, in order. */
  events(id: number): Promise<string[]>
  cancelRow(id: number): Promise<void>
}

/** With a test's context, the engines are stopped and the database closed when it ends. */
export async function openToy(t: Pick<TestContext, 'after'>): Promise<Toy> {
  const database = await openTestDatabase(kindOf(t))
  const toy = toyOn(database)
  t.after(async () => {
    await Promise.all(toy.engines.map(engine => engine.stop(0)))
    await database.close()
  })
  return toy
}

/** For who has the database to itself, and ends what it opens. */
export function openLooseToy(kind: DatabaseKind): Promise<Toy> {
  return openTestDatabase(kind, { inMemory: true }).then(toyOn)
}

function toyOn(database: TestDatabase): Toy & { engines: readonly Engine[] } {
  const engines: Engine[] = []
  const { db, accountId } = database
  const things = new Set<string>()
  const log: string[] = []
  return {
    ...database,
    engines,
    things,
    log,
    kind: toyKind(accountId, things, log),
    engine: (kinds, options) => {
      const engine = makeEngine(kinds, { db, ...options })
      engines.push(engine)
      return engine
    },
    request: ({ lane = 'main', kind = 'toy', input = {} } = {}) =>
      inTransaction(db, trx => enqueue(trx, { accountId, kind, lane, input }, Date.now())),
    recorded: async () => {
      const rows = await db.selectFrom('tokens').select('name').orderBy('id').execute()
      return rows.map(({ name }) => name)
    },
    row: id => readRow(db, id),
    events: async id => {
      const query = db.selectFrom('operation_events').select(['event', 'step']).where('operation_id', '=', id)
      return (await query.orderBy('id').execute()).map(({ event, step }) => (step ? `${event} ${step}` : event))
    },
    cancelRow: async id => {
      await db.updateTable('operations').set({ cancel_requested_at: 1 }).where('id', '=', id).execute()
    },
  }
}

function readRow(db: Db, id: number) {
  return db.selectFrom('operations').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

/** The rows are tokens: any table with a name in it would do. */
function toyKind(accountId: number, things: Set<string>, log: string[]): OperationKind<object, Record<string, string>> {
  // A transaction may be run again.
  const logOnce = (text: string) => {
    if (!log.includes(text)) log.push(text)
  }
  return {
    kind: 'toy',
    deadlineMs: null,
    background: false,
    cancellable: true,
    steps: steps.map(name => ({
      name,
      weight: 1,
      run: async ({ operation }) => {
        things.add(`${operation.id}:${name}`)
        log.push(`${operation.id} ${name}`)
        return { [name]: `${name} of ${operation.id}` }
      },
      record: async (trx, { operation, output }) => {
        const named = `${operation.id}:${name}`
        if (output[name] !== `${name} of ${operation.id}`) throw new Error(`${named} has no output`)
        const token = { account_id: accountId, name: named, digest: named, permissions: '[]', created_at: 0 }
        await trx.insertInto('tokens').values(token).execute()
      },
      undo: async ({ operation }) => {
        things.delete(`${operation.id}:${name}`)
        log.push(`${operation.id} un${name}`)
        return undefined
      },
      unrecord: async (trx, { operation }) => {
        await trx.deleteFrom('tokens').where('name', '=', `${operation.id}:${name}`).execute()
      },
    })),
    completed: async (_trx, { operation }) => logOnce(`${operation.id} completed`),
    failed: async (_trx, { operation }, { code }) => logOnce(`${operation.id} failed: ${code}`),
  }
}
