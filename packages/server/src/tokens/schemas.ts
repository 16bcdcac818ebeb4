import Type, { type Static } from 'typebox'
import { type Permission, permissions } from '../domain/permissions.ts'
import { Time, TimeOrNull } from '../http/schemas.ts'
import { toTime, toTimeOrNull } from '../http/times.ts'
import type { TokenRow } from './store.ts'

const AnyPermission = Type.Unsafe<Permission>({ type: 'string', enum: permissions })

const fields = {
  id: Type.Integer(),
  name: Type.String(),
  permissions: Type.Array(AnyPermission),
  created_at: Time,
  expires_at: TimeOrNull,
  last_used_at: TimeOrNull,
}

export const Token = Type.Object(fields, {
  $id: 'Token',
  description: 'A token without its secret, which is kept nowhere.',
})

export const NewToken = Type.Object(
  { ...fields, token: Type.String({ description: 'rp_ and 43 characters. Shown this once.' }) },
  { $id: 'NewToken', description: 'A token that was just made.' },
)

export const tokenSchemas = [Token, NewToken]

const EXPIRY = 'Must be a time in the future as 2030-01-15T18:30:00Z.'

export const CreateToken = Type.Object(
  {
    name: Type.Unsafe<string>({
      type: 'string',
      minLength: 1,
      maxLength: 100,
      description: 'For people.',
      'x-message': 'Must be a string of 1 to 100 characters.',
    }),
    permissions: Type.Unsafe<Permission[]>({
      type: 'array',
      items: AnyPermission,
      minItems: 1,
      uniqueItems: true,
      description: 'No more than the token has that makes it. `admin` includes every other.',
      'x-message': `Must be a list of one or more of: ${permissions.join(', ')}.`,
    }),
    expires_at: Type.Optional(
      Type.Unsafe<string | null>({
        anyOf: [{ type: 'string', maxLength: 40 }, { type: 'null' }],
        description: 'UTC; null or absent: never.',
        'x-message': EXPIRY,
      }),
    ),
  },
  {
    additionalProperties: false,
    examples: [{ name: 'nightly-snapshots', permissions: ['servers:read', 'snapshots:read', 'snapshots:write'] }],
  },
)
export const expiryMessage = EXPIRY

export function toToken(row: TokenRow): Static<typeof Token> {
  return {
    id: row.id,
    name: row.name,
    permissions: JSON.parse(row.permissions) as Permission[],
    created_at: toTime(row.created_at),
    expires_at: toTimeOrNull(row.expires_at),
    last_used_at: toTimeOrNull(row.last_used_at),
  }
}
