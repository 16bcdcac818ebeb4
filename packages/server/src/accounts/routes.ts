import { callerOf } from '../http/auth.ts'
import type { App, RouteDeps } from '../http/deps.ts'
import { refer } from '../http/schemas.ts'
import { toTime } from '../http/times.ts'
import { Me } from './schemas.ts'

export function accountRoutes(app: App, { db }: RouteDeps): void {
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
