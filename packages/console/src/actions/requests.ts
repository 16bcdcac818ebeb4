/** Everything that can be done here as a request: what `As code` shows. Names are used where the command line knows them. */
import type { ServerDetail, Snapshot } from '@restpoint/sdk/source'
import type { Request } from '../parts/as-code.tsx'
import { command } from '../parts/shell.ts'

type Which = Pick<ServerDetail, 'id'>

const v1 = '/api/v1'

export interface NewSnapshot {
  readonly name: string
  readonly description: string
  readonly consistency: 'auto' | 'crash' | 'filesystem'
}

export const requests = {
  show: ({ id }: Which): Request => ({
    method: 'GET',
    path: `${v1}/servers/${id}/`,
    cli: `restpoint server show ${id}`,
  }),
  /** The command line has no words for it. */
  change: ({ id }: Which, body: NonNullable<Request['body']>): Request => ({
    method: 'PATCH',
    path: `${v1}/servers/${id}/`,
    body,
  }),
  layers: ({ id }: Which): Request => ({
    method: 'GET',
    path: `${v1}/servers/${id}/layers/`,
    cli: `restpoint server layers ${id}`,
  }),
  operations: ({ id }: Which): Request => ({
    method: 'GET',
    path: `${v1}/operations/?server_id=${id}`,
    cli: `restpoint operation list --server ${id}`,
  }),
  snapshots: ({ id }: Which): Request => ({
    method: 'GET',
    path: `${v1}/snapshots/?server_id=${id}`,
    cli: `restpoint snapshot list --server ${id}`,
  }),
  power: ({ id }: Which, action: 'start' | 'stop' | 'reboot'): Request => ({
    method: 'POST',
    path: `${v1}/servers/${id}/${action}/`,
    cli: `restpoint server ${action} ${id}`,
  }),
  snapshot: ({ id }: Which, { name, description, consistency }: NewSnapshot): Request => ({
    method: 'POST',
    path: `${v1}/snapshots/${consistency === 'auto' ? '' : `?consistency=${consistency}`}`,
    body: { server_id: id, name, ...(description === '' ? {} : { description }) },
    cli: command(
      'restpoint',
      'snapshot',
      'create',
      id,
      '--name',
      name,
      ...(description === '' ? [] : ['--description', description]),
      ...(consistency === 'auto' ? [] : ['--consistency', consistency]),
    ),
  }),
  restore: ({ id }: Pick<Snapshot, 'id'>): Request => ({
    method: 'POST',
    path: `${v1}/snapshots/${id}/restore/`,
    cli: `restpoint snapshot restore ${id}`,
  }),
  undo: ({ id }: Which): Request => ({
    method: 'POST',
    path: `${v1}/servers/${id}/undo/`,
    cli: `restpoint snapshot undo ${id}`,
  }),
  clone: ({ id }: Which, body: { snapshot_id: number; name: string; quarantine: boolean }): Request => ({
    method: 'POST',
    path: `${v1}/servers/${id}/clone/`,
    body: body.quarantine ? body : { snapshot_id: body.snapshot_id, name: body.name },
    cli: command(
      'restpoint',
      'snapshot',
      'clone',
      body.snapshot_id,
      body.name,
      ...(body.quarantine ? ['--quarantine'] : []),
    ),
  }),
  deleteSnapshot: ({ id }: Pick<Snapshot, 'id'>): Request => ({
    method: 'DELETE',
    path: `${v1}/snapshots/${id}/`,
    cli: `restpoint snapshot delete ${id}`,
  }),
  deleteServer: ({ id }: Which, withSnapshots: boolean): Request => ({
    method: 'DELETE',
    path: `${v1}/servers/${id}/${withSnapshots ? '?with_snapshots=true' : ''}`,
    cli: `restpoint server delete ${id}${withSnapshots ? ' --with-snapshots' : ''}`,
  }),
} as const
