/** What this view looks at, as a request: what `As code` shows. */
import type { Request } from '../../parts/as-code.tsx'
import { command } from '../../parts/shell.ts'
import type { Selection } from './selection.ts'

export function listRequest({ serverId }: Selection): Request {
  return {
    method: 'GET',
    path: `/api/v1/snapshots/${serverId === undefined ? '' : `?server_id=${serverId}`}`,
    cli: command('restpoint', 'snapshot', 'list', ...(serverId === undefined ? [] : ['--server', serverId])),
  }
}

export function showRequest(id: number): Request {
  return { method: 'GET', path: `/api/v1/snapshots/${id}/`, cli: command('restpoint', 'snapshot', 'show', id) }
}
