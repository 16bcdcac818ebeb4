import Type, { type Static } from 'typebox'
import type { Permission } from '../domain/permissions.ts'
import { permissions } from '../domain/permissions.ts'
import { IntegerOrNull, Time } from '../http/schemas.ts'
import { toTime } from '../http/times.ts'
import { quotaOf } from './quota.ts'
import type { AccountRow } from './store.ts'

const AnyPermission = Type.Unsafe<Permission>({ type: 'string', enum: permissions })

export const Me = Type.Object(
  {
    account: Type.Object({
      email: Type.String(),
      first_name: Type.String(),
      last_name: Type.String(),
      company_name: Type.String(),
      created_at: Type.String({ format: 'date', description: 'A date: 2025-01-15.' }),
    }),
    token: Type.Object({
      name: Type.String(),
      permissions: Type.Array(AnyPermission),
    }),
  },
  { $id: 'Me', description: 'Whose token this is, and what it may do.' },
)

const fields = {
  id: Type.Integer(),
  email: Type.String(),
  first_name: Type.String(),
  last_name: Type.String(),
  company_name: Type.String(),
  created_at: Time,
  quota: Type.Object(
    { servers: IntegerOrNull, snapshots_per_server: IntegerOrNull, bytes: IntegerOrNull },
    { description: 'Null: as much as the host allows; for snapshots what RESTPOINT_SNAPSHOT_LIMIT says.' },
  ),
}

export const Account = Type.Object(fields, { $id: 'Account' })

const detail = {
  ...fields,
  usage: Type.Object(
    {
      servers: Type.Integer(),
      snapshots: Type.Integer({ description: 'Of all its servers, without failed ones.' }),
      bytes: Type.Integer({ description: 'Allocated by the layers of its servers, without the images below.' }),
    },
    { description: 'Counted when read.' },
  ),
}

export const AccountDetail = Type.Object(detail, { $id: 'AccountDetail' })

interface FirstToken {
  id: number
  name: string
  permissions: Permission[]
  created_at: string
  expires_at: null
  last_used_at: null
  token: string
}
export const NewAccount = Type.Object(
  { ...detail, token: Type.Unsafe<FirstToken>({ $ref: 'NewToken#' }) },
  { $id: 'NewAccount', description: 'An account that was just made, with its first token.' },
)

export const accountSchemas = [Me, Account, AccountDetail, NewAccount]

const NAME_MAX = 100
const PLAIN = String.raw`[^\u0000-\u001f\u007f]`

const name = (description: string) =>
  Type.Optional(
    Type.Unsafe<string>({
      type: 'string',
      pattern: `^${PLAIN}{0,${NAME_MAX}}$`,
      description,
      'x-message': `Must be a string of at most ${NAME_MAX} characters, without control characters.`,
    }),
  )
const names = { first_name: name('For people.'), last_name: name('For people.'), company_name: name('For people.') }

const limit = (maximum: number, description: string) =>
  Type.Optional(
    Type.Unsafe<number | null>({
      anyOf: [{ type: 'integer', minimum: 0, maximum }, { type: 'null' }],
      description,
    }),
  )
const QuotaGiven = Type.Optional(
  Type.Unsafe<{ servers?: number | null; snapshots_per_server?: number | null; bytes?: number | null }>({
    type: 'object',
    properties: {
      servers: limit(1_000_000, 'How many servers the account may have.'),
      snapshots_per_server: limit(1000, 'How many snapshots each of them may have.'),
      bytes: limit(Number.MAX_SAFE_INTEGER, 'How many bytes their layers may allocate before more is refused.'),
    },
    additionalProperties: false,
    description: 'What is left away stays as it is; null: as much as the host allows.',
    'x-message':
      'Must be an object of servers (0 to 1000000), snapshots_per_server (0 to 1000) and bytes (0 to 9007199254740991); ' +
      'each a whole number or null.',
  }),
)

export const CreateAccount = Type.Object(
  {
    email: Type.Unsafe<string>({
      type: 'string',
      maxLength: 254,
      pattern: String.raw`^[^\s@\u0000-\u001f\u007f]+@[^\s@\u0000-\u001f\u007f]+$`,
      description: 'No two accounts have the same, whatever the case of its letters. Nothing is sent to it.',
      'x-message': 'Must be an email address of at most 254 characters.',
    }),
    ...names,
    quota: QuotaGiven,
    permissions: Type.Optional(
      Type.Unsafe<Permission[]>({
        type: 'array',
        items: AnyPermission,
        minItems: 1,
        uniqueItems: true,
        description: 'Of its first token; default: all but `admin`, which makes an administrator of the host.',
        'x-message': `Must be a list of one or more of: ${permissions.join(', ')}.`,
      }),
    ),
  },
  {
    additionalProperties: false,
    examples: [{ email: 'ada@example.com', first_name: 'Ada', quota: { servers: 3, snapshots_per_server: 10 } }],
  },
)

export const ChangeAccount = Type.Object(
  { ...names, quota: QuotaGiven },
  { additionalProperties: false, examples: [{ company_name: 'Example Ltd', quota: { servers: 5 } }] },
)

export function toAccount(row: AccountRow): Static<typeof Account> {
  const { id, email, first_name, last_name, company_name } = row
  return { id, email, first_name, last_name, company_name, created_at: toTime(row.created_at), quota: quotaOf(row) }
}
