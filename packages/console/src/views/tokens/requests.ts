/** What can be done with tokens as a request: what `As code` shows. */
import type { Body } from '@restpoint/sdk/source'
import type { Request } from '../../parts/as-code.tsx'
import { command } from '../../parts/shell.ts'

export const tokenRequests = {
  list: { method: 'GET', path: '/api/v1/tokens/', cli: 'restpoint token list' } satisfies Request,
  create: ({ name, permissions, expires_at }: Body<'createToken'>): Request => ({
    method: 'POST',
    path: '/api/v1/tokens/',
    body: { name, permissions, ...(expires_at ? { expires_at } : {}) },
    cli: command(
      'restpoint',
      'token',
      'create',
      name,
      ...permissions.flatMap(permission => ['--permission', permission]),
      ...(expires_at ? ['--expires', expires_at] : []),
    ),
  }),
  revoke: (id: number): Request => ({
    method: 'DELETE',
    path: `/api/v1/tokens/${id}/`,
    cli: command('restpoint', 'token', 'revoke', id),
  }),
} as const
