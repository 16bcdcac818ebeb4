/** PostgreSQL at the start of the service: waited for while it may still come up, explained where it will not. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Kysely, PostgresDialect } from 'kysely'
import type { Db } from '../database.ts'
import { migrate } from '../migrate.ts'
import type { OpenDatabase } from '../open.ts'
import { DatabaseProblem } from '../problem.ts'
import type { Database } from '../schema.ts'
import { DatabaseUnavailable } from '../unavailable.ts'
import { connectionOptions } from './connection.ts'
import { explain, mayPass } from './explain.ts'
import { Guard, type GuardListener } from './guard.ts'
import { openPool } from './pool.ts'
import { nameOf, type PostgresAddress } from './url.ts'

export interface PostgresOptions extends GuardListener {
  readonly address: PostgresAddress
  readonly say: (line: string) => void
  /** How long one that does not answer is waited for, ms. */
  readonly waitMs?: number
  /** How long one that another service holds is waited for: one that was killed a moment ago is not gone yet. */
  readonly holderMs?: number
}

const WAIT_MS = 60_000
const HOLDER_MS = 5000
const PAUSE_MS = 250
const CLOSE_MS = 2000

/** Connections only: for tools and tests. */
export function connectPostgres(address: PostgresAddress): Db {
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool: openPool(connectionOptions(address)) }) })
}

export async function openPostgres(options: PostgresOptions): Promise<OpenDatabase> {
  const { address } = options
  const guard = new Guard(address, options)
  let db: Db | undefined
  const close = async () => {
    const closed = Promise.allSettled([guard.close(), db?.destroy()])
    await Promise.race([closed, sleep(CLOSE_MS, undefined, { ref: false })])
  }
  try {
    await takeInTime(guard, options)
    db = connectPostgres(address)
    await migrate(db)
  } catch (error) {
    await close()
    throw asProblem(error, address)
  }
  return { db, name: `the PostgreSQL database ${nameOf(address)}`, isHeld: () => guard.isHeld, close }
}

async function takeInTime(guard: Guard, { address, say, ...limits }: PostgresOptions): Promise<void> {
  const start = Date.now()
  const waited = () => Date.now() - start
  let isTold = false
  for (;;) {
    try {
      if (await guard.take()) return
      if (waited() > (limits.holderMs ?? HOLDER_MS)) {
        throw new DatabaseProblem(
          `Another Restpoint uses the PostgreSQL database ${nameOf(address)}. Stop it, or give this one a database of its own.`,
        )
      }
    } catch (error) {
      if (!mayPass(error) || waited() > (limits.waitMs ?? WAIT_MS)) throw error
      if (!isTold) say(`Waiting for the PostgreSQL database ${nameOf(address)}: ${(error as Error).message} …`)
      isTold = true
    }
    await sleep(PAUSE_MS)
  }
}

function asProblem(error: unknown, address: PostgresAddress): unknown {
  const cause = error instanceof DatabaseUnavailable ? error.cause : error
  return cause instanceof DatabaseProblem ? cause : new DatabaseProblem(explain(cause, address), { cause })
}
