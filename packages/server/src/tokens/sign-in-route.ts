import Type from 'typebox'
import { inTransaction, type Trx } from '../db/database.ts'
import { byAddress } from '../http/by-address.ts'
import type { App, RouteDeps } from '../http/deps.ts'
import { answerDryRun, isDryRun } from '../http/dry-run.ts'
import { refer } from '../http/schemas.ts'
import { toTime } from '../http/times.ts'
import { NewToken } from './schemas.ts'
import type { SignIn } from './sign-in.ts'

/** A minute and address. The code cannot be guessed; this keeps others from having it tried. */
const ATTEMPTS = 20

export interface SignInDeps extends Pick<RouteDeps, 'db' | 'driver'> {
  readonly signIn: SignIn
  /** 0: no limits at all. */
  readonly rateLimit: number
}

export function signInRoute(app: App, { db, driver, signIn, rateLimit }: SignInDeps): void {
  const max = Math.min(ATTEMPTS, rateLimit)
  app.post('/api/v1/sign-in/', {
    config: {
      access: 'public',
      failures: ['sign_in_refused'],
      rateLimit: byAddress('sign-in', max, `try to sign in ${max} times a minute`),
    },
    schema: {
      operationId: 'signIn',
      tags: ['tokens'],
      summary: 'Sign in with the code of a link',
      description:
        'The first start of the service prints a link with a code in it, which works once and for an hour. The reply holds ' +
        'the secret of a token, this once, that may do what the first token may, for 12 hours. No token is needed.',
      body: Type.Object(
        {
          code: Type.Unsafe<string>({
            type: 'string',
            minLength: 1,
            maxLength: 100,
            description: 'What stands behind `#sign-in=` in the link.',
            'x-message': 'Must be a string of 1 to 100 characters.',
          }),
        },
        { additionalProperties: false, examples: [{ code: 'hKc5RkRGxVwG2VbqMbmYh4w3nXq7sLd0tEoJ9uFzPiA' }] },
      ),
      response: { 201: { description: 'The token with its secret.', ...refer(NewToken) } },
    },
    handler: async (request, reply) => {
      const { code } = request.body
      if (isDryRun(request)) {
        const rehearse = async (trx: Trx) => void (await signIn.makeToken(trx, signIn.look(code)))
        return answerDryRun({ db, driver }, reply, rehearse, {})
      }
      const made = await signIn.use(code, offer => inTransaction(db, trx => signIn.makeToken(trx, offer)))
      request.log.info({ token: made.id, client: request.ip }, 'signed in by link')
      reply.code(201)
      return {
        id: made.id,
        name: made.name,
        permissions: [...made.permissions],
        created_at: toTime(made.createdAt),
        expires_at: toTime(made.expiresAt),
        last_used_at: null,
        token: made.secret,
      }
    },
  })
}
