/** Who is asking. Settled from the headers alone, before a body is read; cookies mean nothing here. */
import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Db, Trx } from '../db/database.ts'
import { grants, type Permission } from '../domain/permissions.ts'
import { Failure } from '../errors.ts'
import { digestOf } from '../tokens/digest.ts'
import { findToken, noteUse } from '../tokens/store.ts'
import type { App } from './deps.ts'
import { queryId, toQueryId } from './ids.ts'

export interface Caller {
  readonly tokenId: number
  readonly tokenName: string
  /** The token's account. */
  readonly ownAccountId: number
  /** Whose objects are meant: the token's account, unless an administrator names another with `?account_id=`. */
  readonly accountId: number
  readonly permissions: readonly Permission[]
  /** When the token expires, epoch ms; null: never. */
  readonly expiresAt: number | null
}

/** Who may call a route: everybody, whoever has a live token, or a token with this permission. */
export type Access = 'public' | 'token' | Permission

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
  interface FastifyRequest {
    caller: Caller | null
  }
}

/** Only tokens that we make look like this; others need no look-up. */
const BEARER = /^Bearer +(rp_[A-Za-z0-9_-]{43})$/i

export function addAuthentication(app: App, db: Db, now: () => number): void {
  app.decorateRequest('caller', null)
  app.addHook('onRoute', route => {
    if (route.config?.access === undefined) throw new Error(`${route.method} ${route.url} does not say who may call it`)
  })
  app.addHook('onRequest', async request => {
    const { access } = request.routeOptions.config
    if (request.is404 || access === 'public') return
    const caller = await authenticate(db, now(), request)
    request.caller = caller
    if (access !== undefined && access !== 'token' && !grants(caller.permissions, access)) {
      throw new Failure('permission_denied', `This needs the permission "${access}", which the token does not have`)
    }
    request.caller = await actingFor(db, caller, request)
  })
}

export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new Error(`${request.routeOptions.url} was called without authentication`)
  return request.caller
}

/** In the query of every route that is not public. */
export const accountQuery = {
  account_id: queryId("With the permission `admin`: whose objects are meant, instead of the token's own account."),
}

/** @throws Failure `invalid_request`, `permission_denied`, `not_found` */
async function actingFor(db: Db, caller: Caller, request: FastifyRequest): Promise<Caller> {
  const named = (request.query as Record<string, unknown> | undefined)?.['account_id']
  if (named === undefined) return caller
  const accountId = toQueryId(named, 'account_id')
  if (accountId === caller.ownAccountId) return caller
  // Whether there is such an account is for administrators to know.
  if (!grants(caller.permissions, 'admin')) {
    throw new Failure('permission_denied', 'Only a token with the permission "admin" may name another account')
  }
  await requireAccount(db, accountId)
  return { ...caller, accountId }
}

/**
 * For what gives or takes power: both the token and the account that is meant are still there, now that it is decided.
 * @throws Failure `unauthenticated`, `not_found`
 */
export async function confirmCaller(trx: Trx, { tokenId, accountId }: Caller): Promise<void> {
  const token = await trx.selectFrom('tokens').select('id').where('id', '=', tokenId).executeTakeFirst()
  if (!token) throw new Failure('unauthenticated', 'The token is unknown, revoked or expired')
  await requireAccount(trx, accountId)
}

/** @throws Failure `not_found` also for one that was deleted. */
async function requireAccount(db: Db | Trx, id: number): Promise<void> {
  const account = await db
    .selectFrom('accounts')
    .select('id')
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (!account) throw new Failure('not_found', `There is no account ${id}`)
}

async function authenticate(db: Db, now: number, request: FastifyRequest): Promise<Caller> {
  const header = authorization(request.raw.rawHeaders)
  const secret = BEARER.exec(header)?.[1]
  if (secret === undefined)
    throw new Failure('unauthenticated', 'The Authorization header is not a Bearer token of ours')
  const digest = digestOf(secret)
  const token = await findToken(db, digest)
  const isAlive = token && sameDigest(token.digest, digest) && (token.expires_at === null || token.expires_at > now)
  // One text for unknown, revoked and expired: it tells nobody which tokens ever existed.
  if (!isAlive) throw new Failure('unauthenticated', 'The token is unknown, revoked or expired')
  await noteUse(db, token, now).catch(error => request.log.warn({ err: error }, 'could not note the use of a token'))
  return {
    tokenId: token.id,
    tokenName: token.name,
    ownAccountId: token.account_id,
    accountId: token.account_id,
    permissions: JSON.parse(token.permissions) as Permission[],
    expiresAt: token.expires_at,
  }
}

/** Node keeps the first of several Authorization headers; a doubled one is a sign of smuggling and refused here. */
function authorization(rawHeaders: readonly string[]): string {
  let found: string | undefined
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() !== 'authorization') continue
    if (found !== undefined) throw new Failure('unauthenticated', 'There is more than one Authorization header')
    found = rawHeaders[at + 1]
  }
  if (found === undefined) throw new Failure('unauthenticated', 'There is no Authorization header')
  return found
}

function sameDigest(left: string, right: string): boolean {
  const a = Buffer.from(left)
  const b = Buffer.from(right)
  return a.length === b.length && timingSafeEqual(a, b)
}
