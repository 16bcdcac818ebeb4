import type { Check } from '../check.ts'
import { array, contentType, keys, matches, object, status, text, that } from '../expect.ts'
import type { Session } from '../session.ts'

const ACCOUNT_KEYS = ['email', 'first_name', 'last_name', 'company_name', 'created_at']

const me = (session: Session) => session.once('me', () => session.client.get('/account/me/'))
const part = async (session: Session, key: string) => object(object((await me(session)).json, 'the reply')[key], key)

export const accountChecks: readonly Check[] = [
  {
    id: 'account.me.200',
    level: 'documented',
    says: 'GET /account/me/ answers 200',
    run: async session => {
      status(await me(session), 200)
      contentType(await me(session), 'application/json')
    },
  },
  {
    id: 'account.me.keys',
    level: 'documented',
    says: 'The reply is {account, token} and nothing else',
    run: async session => keys((await me(session)).json, ['account', 'token']),
  },
  {
    id: 'account.me.account',
    level: 'documented',
    says: `account has exactly ${ACCOUNT_KEYS.join(', ')}`,
    run: async session => {
      const account = await part(session, 'account')
      keys(account, ACCOUNT_KEYS, "the account's keys")
      text(account.email, 'email')
      for (const key of ['first_name', 'last_name', 'company_name']) {
        that(account[key] === null || typeof account[key] === 'string', `${key} to be a string`, account[key])
      }
    },
  },
  {
    id: 'account.me.created_at',
    level: 'documented',
    says: "The account's created_at is a date",
    run: async session =>
      matches(
        (await part(session, 'account')).created_at,
        /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/,
        'created_at',
      ),
  },
  {
    id: 'account.me.token',
    level: 'documented',
    says: 'token is {name, permissions}, the permissions an array of strings',
    run: async session => {
      const token = await part(session, 'token')
      keys(token, ['name', 'permissions'], "the token's keys")
      text(token.name, 'token.name')
      for (const permission of array(token.permissions, 'permissions')) text(permission, 'a permission')
    },
  },
]
