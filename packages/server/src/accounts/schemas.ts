import Type from 'typebox'
import type { Permission } from '../domain/permissions.ts'
import { permissions } from '../domain/permissions.ts'

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
      permissions: Type.Array(Type.Unsafe<Permission>({ type: 'string', enum: permissions })),
    }),
  },
  { $id: 'Me', description: 'Whose token this is, and what it may do.' },
)

export const accountSchemas = [Me]
