/** What this view looks at, as a request: what `As code` shows. */
import type { Request } from '../../parts/as-code.tsx'
import { command } from '../../parts/shell.ts'
import { PAGE_SIZE, type Selection } from './selection.ts'

export function listRequest({ status, serverId, page }: Selection): Request {
  const query = new URLSearchParams()
  if (status !== undefined) query.set('status', status)
  if (serverId !== undefined) query.set('server_id', String(serverId))
  query.set('limit', String(PAGE_SIZE))
  if (page > 1) query.set('offset', String((page - 1) * PAGE_SIZE))
  return {
    method: 'GET',
    path: `/api/v1/operations/?${query}`,
    cli: command(
      'restpoint',
      'operation',
      'list',
      ...(status === undefined ? [] : ['--status', status]),
      ...(serverId === undefined ? [] : ['--server', serverId]),
    ),
  }
}

export function showRequest(id: number): Request {
  return { method: 'GET', path: `/api/v1/operations/${id}/`, cli: command('restpoint', 'operation', 'watch', id) }
}
