/** What routes are given. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { Db, Trx } from '../db/database.ts'
import type { Driver } from '../drivers/driver.ts'
import type { Space } from '../layers/space.ts'
import type { SnapshotDeps } from '../snapshots/request-create.ts'
import type { HttpDeps } from './answer.ts'

/** Fastify, with the types of requests taken from their schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

export interface RouteDeps {
  readonly db: Db
  readonly driver: Driver
  readonly now: () => number
  readonly http: HttpDeps
  readonly snapshots: SnapshotDeps
  /** Undoing is a server's route and the snapshots' business, and their folders do not know each other. */
  readonly requestUndo: (
    trx: Trx,
    target: { accountId: number; serverId: number },
    space: Space,
  ) => Promise<{ operationId: number }>
  /** A machine's cable is plugged or unplugged as its server's row says now. */
  readonly followCable: (serverId: number) => Promise<void>
  /** There may be garbage to collect. */
  readonly wakeCollector: () => void
}
