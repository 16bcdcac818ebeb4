/**
 * How every POST and DELETE is answered. A POST: the effect, the operation it starts and the Idempotency-Key are one
 * transaction; then the engine is woken; then, if the client prefers to wait, the answer is held back and told as it is
 * by then. Either is only rehearsed with `?dry_run=true`.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Db, inTransaction, type Trx } from '../db/database.ts'
import { DatabaseUnavailable } from '../db/unavailable.ts'
import type { Driver } from '../drivers/driver.ts'
import type { Engine } from '../operations/engine.ts'
import { callerOf } from './auth.ts'
import { requestDigest } from './canonical.ts'
import { answerDryRun, type Foresight, isDryRun } from './dry-run.ts'
import { claimKey, idempotencyKey, type KeptReply, type KeyedRequest, keepReply } from './idempotency.ts'
import { PROBLEM_TYPE } from './problem.ts'
import { preferredWait, type Waiter } from './wait.ts'

export interface HttpDeps {
  readonly db: Db
  readonly driver: Driver
  readonly engine: Pick<Engine, 'wake' | 'cancel' | 'waitFor'>
  readonly now: () => number
  readonly waiter: Waiter
  /** Replies that are still waited for, by key: a replay that waits too gets the same. */
  readonly waiting: Map<string, Promise<KeptReply>>
}

export interface Effect<Body> {
  readonly status: 200 | 201
  readonly body: Body
  readonly operationId?: number
  /** What a replay answers, where it must not be the body. */
  readonly replay?: KeptReply
}

export interface Post<Body> extends Foresight {
  effect(trx: Trx): Promise<Effect<Body>>
  /** The body as it would be now; needed where an operation is started. */
  current?(): Promise<Body>
  /** Once the effect is committed, and only then: neither for a replay nor for a rehearsal. */
  afterwards?(): void
}

export async function answerPost<Body>(
  http: HttpDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  post: Post<Body>,
): Promise<Body> {
  if (isDryRun(request)) return answerDryRun(http, reply, trx => post.effect(trx), post)
  const keyed = keyedRequest(request)
  const seconds = preferredWait(request.headers.prefer)
  const outcome = await inTransaction(http.db, async trx => {
    const kept = keyed && (await claimKey(trx, keyed, http.now()))
    if (kept) return { kept, fresh: undefined }
    const effect = await post.effect(trx)
    const fresh = { status: effect.status, body: effect.body, operationId: effect.operationId ?? null }
    if (keyed) await keepReply(trx, keyed, effect.replay ?? fresh)
    return { kept: undefined, fresh }
  })
  const nameOfKey = keyed && JSON.stringify([keyed.accountId, keyed.route, keyed.key])
  if (outcome.kept) {
    const awaited = seconds === undefined || !nameOfKey ? undefined : http.waiting.get(nameOfKey)
    reply.header('idempotency-replayed', 'true')
    return send(reply, (await awaited) ?? outcome.kept)
  }
  const { fresh } = outcome
  post.afterwards?.()
  if (fresh.operationId === null) return send(reply, fresh)
  http.engine.wake()
  if (seconds === undefined || !post.current) return send(reply, fresh)

  reply.header('preference-applied', `wait=${seconds}`)
  const later = waited(http, fresh, seconds, post.current, keyed)
  if (nameOfKey) {
    http.waiting.set(nameOfKey, later)
    const forget = () => http.waiting.delete(nameOfKey)
    later.then(forget, forget)
  }
  return send(reply, await later)
}

export interface Deletion extends Foresight {
  /** `cancelOperationId`: what was at work on it, and is to stop. */
  effect(trx: Trx): Promise<{ readonly operationId?: number; readonly cancelOperationId?: number | null } | undefined>
  /** Once it is committed. */
  afterwards?(): void
}

/** 204 is durable: what was deleted never comes back. */
export async function answerDelete(
  http: HttpDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  deletion: Deletion,
): Promise<undefined> {
  if (isDryRun(request)) return answerDryRun(http, reply, trx => deletion.effect(trx), deletion)
  const done = await inTransaction(http.db, trx => deletion.effect(trx))
  const { operationId, cancelOperationId = null } = done ?? {}
  if (cancelOperationId !== null) http.engine.cancel(cancelOperationId)
  if (operationId !== undefined) {
    http.engine.wake()
    reply.header('operation-id', String(operationId))
  }
  deletion.afterwards?.()
  reply.code(204)
  return undefined
}

async function waited<Body>(
  http: HttpDeps,
  fresh: KeptReply,
  seconds: number,
  current: () => Promise<Body>,
  keyed: KeyedRequest | undefined,
): Promise<KeptReply> {
  try {
    if (fresh.operationId !== null) await http.waiter.wait(fresh.operationId, seconds)
    const reply = { ...fresh, body: await current() }
    if (keyed) await keepReply(http.db, keyed, reply)
    return reply
  } catch (error) {
    // It was accepted, whatever has become of the database since.
    if (error instanceof DatabaseUnavailable) return fresh
    throw error
  }
}

function send<Body>(reply: FastifyReply, kept: KeptReply): Body {
  reply.code(kept.status)
  if (kept.operationId !== null) reply.header('operation-id', String(kept.operationId))
  if (kept.status < 400) return kept.body as Body
  reply.type(PROBLEM_TYPE)
  return JSON.stringify(kept.body) as Body
}

function keyedRequest(request: FastifyRequest): KeyedRequest | undefined {
  const key = idempotencyKey(request.headers['idempotency-key'])
  if (key === undefined) return undefined
  const path = request.url.split('?', 1)[0] ?? ''
  return {
    // Whose token sent it: an administrator's keys are nothing to the account that is acted for.
    accountId: callerOf(request).ownAccountId,
    route: `${request.method} ${request.routeOptions.url}`,
    key,
    digest: requestDigest(request.method, path, request.query, request.body),
  }
}
