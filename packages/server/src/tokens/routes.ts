import Type from 'typebox'
import { lacking } from '../domain/permissions.ts'
import { Failure } from '../errors.ts'
import { answerDelete, answerPost } from '../http/answer.ts'
import { callerOf, confirmCaller } from '../http/auth.ts'
import type { App, RouteDeps } from '../http/deps.ts'
import { pathId, pathIds } from '../http/ids.ts'
import { listOf, listPage, pageOf, pageQuery } from '../http/paging.ts'
import { problemOf } from '../http/problem.ts'
import { nothing, postHeaders, refer } from '../http/schemas.ts'
import { fromTime, toTime, toTimeOrNull } from '../http/times.ts'
import { makeToken } from './create.ts'
import { CreateToken, expiryMessage, NewToken, Token, toToken } from './schemas.ts'
import { revokeToken, tokensOf } from './store.ts'

const tags = ['tokens']

export function tokenRoutes(app: App, { db, now, http }: RouteDeps): void {
  app.get('/api/v1/tokens/', {
    config: { access: 'tokens:write', failures: ['invalid_request'] },
    schema: {
      operationId: 'listTokens',
      tags,
      summary: "The account's tokens, newest first",
      querystring: Type.Object(pageQuery),
      response: {
        200: { description: 'The tokens, without their secrets.', ...listOf(refer(Token)) },
      },
    },
    handler: async (request, reply) => {
      const query = tokensOf(db, callerOf(request).accountId).selectAll().orderBy('id', 'desc')
      const { count, rows } = await listPage(query, pageOf(request.query), request, reply)
      return { count, results: rows.map(toToken) }
    },
  })

  app.post('/api/v1/tokens/', {
    config: { access: 'tokens:write', failures: ['token_already_created'] },
    schema: {
      operationId: 'createToken',
      tags,
      summary: 'Make a token',
      description:
        'The reply holds the secret, this once. It is not kept, so a repeat with the same Idempotency-Key answers ' +
        '400 `token_already_created` and names the token.',
      headers: postHeaders,
      body: CreateToken,
      response: {
        201: { description: 'The token with its secret.', ...refer(NewToken) },
      },
    },
    handler: async (request, reply) => {
      const caller = callerOf(request)
      const { name, permissions, expires_at } = request.body
      const missing = lacking(caller.permissions, permissions)
      if (missing.length > 0) {
        throw new Failure('permission_denied', `A token cannot grant what it does not have: ${missing.join(', ')}`)
      }
      const expiresAt = expiryOf(expires_at ?? null, now())
      refuseToOutlive(caller.expiresAt, expiresAt)
      return answerPost(http, request, reply, {
        effect: async trx => {
          await confirmCaller(trx, caller)
          const createdAt = now()
          const token = { accountId: caller.accountId, name, permissions, expiresAt }
          const { id, secret } = await makeToken(trx, token, createdAt)
          const made = new Failure('token_already_created', `Token ${id} was made with this Idempotency-Key`)
          const times = { created_at: toTime(createdAt), expires_at: toTimeOrNull(expiresAt) }
          return {
            status: 201,
            body: { id, name, permissions, ...times, last_used_at: null, token: secret },
            replay: { status: made.status, body: problemOf(made), operationId: null },
          }
        },
      })
    },
  })

  app.delete('/api/v1/tokens/:token_id/', {
    config: { access: 'tokens:write', failures: ['not_found', 'last_admin_token'] },
    schema: {
      operationId: 'deleteToken',
      tags,
      summary: 'Revoke a token, at once',
      params: pathIds('token_id'),
      response: { 204: nothing('It is of no use any more.') },
    },
    handler: async (request, reply) => {
      const id = pathId(request.params.token_id)
      return answerDelete(http, request, reply, {
        effect: async trx => {
          await revokeToken(trx, callerOf(request), id)
          return undefined
        },
      })
    },
  })
}

/** Whoever holds a token for a while must not be able to make that for ever. */
function refuseToOutlive(makers: number | null, wanted: number | null): void {
  if (makers === null || (wanted !== null && wanted <= makers)) return
  throw new Failure(
    'permission_denied',
    `A token cannot outlive the one that makes it: "expires_at" may be ${toTime(makers)} at the latest`,
  )
}

function expiryOf(text: string | null, now: number): number | null {
  if (text === null) return null
  const at = fromTime(text)
  if (at !== undefined && at > now) return at
  throw new Failure('invalid_request', '"expires_at" is not valid.', { fields: { expires_at: [expiryMessage] } })
}
