/** What can be done with accounts as a request: what `As code` shows. */
import type { Body } from '@restpoint/sdk/source'
import type { Request } from '../../parts/as-code.tsx'
import { sent } from '../../parts/sent.ts'
import { command } from '../../parts/shell.ts'

export const accountRequests = {
  list: { method: 'GET', path: '/api/v1/accounts/', cli: 'restpoint account list' } satisfies Request,
  show: (id: number): Request => ({
    method: 'GET',
    path: `/api/v1/accounts/${id}/`,
    cli: command('restpoint', 'account', 'show', id),
  }),
  create: ({ quota, permissions, ...names }: Body<'createAccount'>): Request => ({
    method: 'POST',
    path: '/api/v1/accounts/',
    body: sent({ email: names.email, ...namesOf(names), quota, permissions }),
    cli: command(
      'restpoint',
      'account',
      'create',
      names.email,
      ...(names.first_name ? ['--first-name', names.first_name] : []),
      ...(names.last_name ? ['--last-name', names.last_name] : []),
      ...(names.company_name ? ['--company', names.company_name] : []),
      ...(quota?.servers == null ? [] : ['--max-servers', quota.servers]),
      ...(quota?.snapshots_per_server == null ? [] : ['--max-snapshots', quota.snapshots_per_server]),
      ...(quota?.bytes == null ? [] : ['--max-bytes', quota.bytes]),
      ...(permissions ?? []).flatMap(permission => ['--permission', permission]),
    ),
  }),
  /** The command line makes and deletes accounts, and changes none. */
  change: (id: number, body: Body<'updateAccount'>): Request => ({
    method: 'PATCH',
    path: `/api/v1/accounts/${id}/`,
    body: sent(body),
  }),
  delete: (id: number): Request => ({
    method: 'DELETE',
    path: `/api/v1/accounts/${id}/`,
    cli: command('restpoint', 'account', 'delete', id),
  }),
} as const

type Names = Pick<Body<'createAccount'>, 'first_name' | 'last_name' | 'company_name'>

/** Those that were said. */
function namesOf(names: Names): Names {
  return Object.fromEntries(
    (['first_name', 'last_name', 'company_name'] as const).filter(name => names[name]).map(name => [name, names[name]]),
  )
}
