/** The new server as a request: what `As code` shows. */
import type { Body } from '@restpoint/sdk/source'
import type { Request } from '../../parts/as-code.tsx'
import { sent } from '../../parts/sent.ts'
import { command } from '../../parts/shell.ts'

/** The command line takes keys and user data from files: these are named as they may well be called. */
export function createRequest(body: Body<'createServer'>): Request {
  const { name, image_id, plan, network, forwards = [], cloud_init, hostname, location, firmware, autostart } = body
  return {
    method: 'POST',
    path: '/api/v1/servers/',
    body: sent(body),
    cli: command(
      'restpoint',
      'server',
      'create',
      name,
      '--image',
      image_id,
      '--vcpus',
      plan.vcpus,
      '--memory',
      plan.memory,
      '--storage',
      plan.storage,
      ...option('--hostname', hostname),
      ...option('--location', location),
      ...option('--firmware', firmware),
      ...option('--network', network),
      ...forwards.flatMap(({ guest_port, host_port }) => [
        '--forward',
        host_port === undefined ? guest_port : `${guest_port}:${host_port}`,
      ]),
      ...(cloud_init?.ssh_keys ?? []).flatMap((_, index) => ['--ssh-key', `key-${index + 1}.pub`]),
      ...(cloud_init?.user_data === undefined ? [] : ['--user-data', 'user-data.yaml']),
      ...(autostart === false ? ['--no-autostart'] : []),
    ),
  }
}

function option(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [name, value]
}
