/** What can be done with images as a request: what `As code` shows. */
import type { Body } from '@restpoint/sdk/source'
import type { Request } from '../../parts/as-code.tsx'
import { command } from '../../parts/shell.ts'

export const imageRequests = {
  list: { method: 'GET', path: '/api/v1/images/', cli: 'restpoint image list' } satisfies Request,
  show: (id: number): Request => ({
    method: 'GET',
    path: `/api/v1/images/${id}/`,
    cli: 'restpoint image list',
  }),
  import: ({ name, path, format, os_name, cloud_init }: Body<'importImage'>, isLinked: boolean): Request => ({
    method: 'POST',
    path: `/api/v1/images/${isLinked ? '?link=true' : ''}`,
    body: {
      name,
      path,
      format,
      ...(os_name === undefined ? {} : { os_name }),
      ...(cloud_init === undefined ? {} : { cloud_init }),
    },
    cli: command(
      'restpoint',
      'image',
      'import',
      path,
      '--name',
      name,
      '--format',
      format,
      ...(os_name === undefined ? [] : ['--os-name', os_name]),
      ...(cloud_init === false ? ['--no-cloud-init'] : []),
      ...(isLinked ? ['--link'] : []),
    ),
  }),
  delete: (id: number): Request => ({
    method: 'DELETE',
    path: `/api/v1/images/${id}/`,
    cli: command('restpoint', 'image', 'delete', id),
  }),
} as const
