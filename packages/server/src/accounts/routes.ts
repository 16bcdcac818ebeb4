import Type from 'typebox'
import { inTransaction, type Trx } from '../db/database.ts'
import { permissions as allPermissions, type Permission } from '../domain/permissions.ts'
import { Failure } from '../errors.ts'
import { answerDelete, answerPost } from '../http/answer.ts'
import { callerOf, confirmCaller } from '../http/auth.ts'
import type { App, RouteDeps } from '../http/deps.ts'
import { pathId, pathIds } from '../http/ids.ts'
import { listOf, listPage, pageOf, pageQuery } from '../http/paging.ts'
import { problemOf } from '../http/problem.ts'
import { nothing, postHeaders, refer } from '../http/schemas.ts'
import { toTime } from '../http/times.ts'
import { makeAccount } from './create.ts'
import { type DeleteDeps, deleteAccount } from './delete.ts'
import { Account, AccountDetail, ChangeAccount, CreateAccount, Me, NewAccount, toAccount } from './schemas.ts'
import { allAccounts, readAccount, readUsage } from './store.ts'
import { updateAccount } from './update.ts'

export interface AccountDeps extends RouteDeps, DeleteDeps {
  /** Tokens are another noun's. */
  readonly makeToken: (
    trx: Trx,
    token: { accountId: number; name: string; permissions: readonly Permission[]; expiresAt: null },
    now: number,
  ) => Promise<{ id: number; secret: string }>
}

const tags = ['accounts']
const ONE = '/api/v1/accounts/:account_id/'
const FIRST_TOKEN = 'first'

export function accountRoutes(app: App, deps: AccountDeps): void {
  meRoute(app, deps)
  readRoutes(app, deps)
  createRoute(app, deps)
  changeRoutes(app, deps)
}

function meRoute(app: App, { db }: RouteDeps): void {
  app.get('/api/v1/account/me/', {
    config: { access: 'token' },
    schema: {
      operationId: 'getMe',
      tags: ['account'],
      summary: 'Whose token is this?',
      response: { 200: { description: 'The account and the token.', ...refer(Me) } },
    },
    handler: async request => {
      const { accountId, tokenName, permissions } = callerOf(request)
      const account = await db
        .selectFrom('accounts')
        .select(['email', 'first_name', 'last_name', 'company_name', 'created_at'])
        .where('id', '=', accountId)
        .executeTakeFirstOrThrow()
      return {
        account: { ...account, created_at: toTime(account.created_at).slice(0, 10) },
        token: { name: tokenName, permissions: [...permissions] },
      }
    },
  })
}

function readRoutes(app: App, { db, driver }: RouteDeps): void {
  app.get('/api/v1/accounts/', {
    config: { access: 'admin' },
    schema: {
      operationId: 'listAccounts',
      tags,
      summary: 'Accounts, as they were made',
      querystring: Type.Object(pageQuery),
      response: { 200: { description: 'The accounts.', ...listOf(refer(Account)) } },
    },
    handler: async (request, reply) => {
      const { count, rows } = await listPage(allAccounts(db).selectAll(), pageOf(request.query), request, reply)
      return { count, results: rows.map(toAccount) }
    },
  })

  app.get(ONE, {
    config: { access: 'admin' },
    schema: {
      operationId: 'getAccount',
      tags,
      summary: 'An account: what it may use, and what it uses',
      params: pathIds('account_id'),
      response: { 200: { description: 'The account.', ...refer(AccountDetail) } },
    },
    handler: async request => {
      const row = await readAccount(db, pathId(request.params.account_id))
      if (!row) throw new Failure('not_found', 'There is no such account')
      return { ...toAccount(row), usage: await readUsage(db, driver, row.id) }
    },
  })
}

function createRoute(app: App, { now, http, makeToken }: AccountDeps): void {
  app.post('/api/v1/accounts/', {
    config: { access: 'admin', failures: ['email_taken', 'token_already_created'] },
    schema: {
      operationId: 'createAccount',
      tags,
      summary: 'Make an account and its first token',
      description:
        "The reply holds the token's secret, this once. It is not kept, so a repeat with the same Idempotency-Key " +
        'answers 400 `token_already_created` and names account and token.',
      headers: postHeaders,
      body: CreateAccount,
      response: { 201: { description: 'The account with its first token.', ...refer(NewAccount) } },
    },
    handler: async (request, reply) => {
      const caller = callerOf(request)
      const { email, first_name = '', last_name = '', company_name = '', quota = {} } = request.body
      const { permissions = allPermissions.filter(permission => permission !== 'admin') } = request.body
      return answerPost(http, request, reply, {
        effect: async trx => {
          await confirmCaller(trx, caller)
          const createdAt = now()
          const names = { firstName: first_name, lastName: last_name, companyName: company_name }
          const { id } = await makeAccount(trx, { email, ...names, quota }, createdAt)
          const wanted = { accountId: id, name: FIRST_TOKEN, permissions, expiresAt: null }
          const token = await makeToken(trx, wanted, createdAt)
          const row = await readAccount(trx, id)
          if (!row) throw new Error(`account ${id} was not made`)
          const made = new Failure(
            'token_already_created',
            `Account ${id} and its token ${token.id} (with ?account_id=${id}) were made with this Idempotency-Key`,
          )
          const unused = { created_at: toTime(createdAt), expires_at: null, last_used_at: null }
          return {
            status: 201,
            body: {
              ...toAccount(row),
              usage: { servers: 0, snapshots: 0, bytes: 0 },
              token: { id: token.id, name: FIRST_TOKEN, permissions: [...permissions], ...unused, token: token.secret },
            },
            replay: { status: made.status, body: problemOf(made), operationId: null },
          }
        },
      })
    },
  })
}

function changeRoutes(app: App, deps: AccountDeps): void {
  const { db, driver, http } = deps
  app.patch(ONE, {
    config: { access: 'admin' },
    schema: {
      operationId: 'updateAccount',
      tags,
      summary: 'Change names and quota of an account',
      description: 'A quota may be less than what is used already: nothing is taken away, only no more is given.',
      params: pathIds('account_id'),
      body: ChangeAccount,
      response: { 200: { description: 'The account as it is now.', ...refer(AccountDetail) } },
    },
    handler: async request => {
      const id = pathId(request.params.account_id)
      await inTransaction(db, trx => updateAccount(trx, callerOf(request), id, request.body))
      const row = await readAccount(db, id)
      if (!row) throw new Failure('not_found', 'There is no such account')
      return { ...toAccount(row), usage: await readUsage(db, driver, id) }
    },
  })

  app.delete(ONE, {
    config: { access: 'admin', failures: ['own_account', 'account_has_servers', 'last_admin_token'] },
    schema: {
      operationId: 'deleteAccount',
      tags,
      summary: 'Delete an account that owns no servers',
      description: 'Its tokens are of no use from that moment on. Not with a token of its own.',
      params: pathIds('account_id'),
      response: { 204: nothing('It is gone.') },
    },
    handler: async (request, reply) => {
      const id = pathId(request.params.account_id)
      return answerDelete(http, request, reply, {
        effect: async trx => {
          await deleteAccount(trx, deps, callerOf(request), id)
          return undefined
        },
      })
    },
  })
}
