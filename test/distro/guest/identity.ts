import type { Guest } from '../support/ssh.ts'

/** What tells a guest from another, as it sees itself. */
export interface Identity {
  readonly hostname: string
  readonly machineId: string
  readonly hostKeys: string
  readonly mac: string
  readonly uuid: string
  readonly instanceId: string
}

const commands: Record<keyof Identity, string> = {
  hostname: 'hostname',
  machineId: 'cat /etc/machine-id',
  hostKeys: 'cat /etc/ssh/ssh_host_*_key.pub | cut -d" " -f2 | sort | tr "\\n" " "',
  mac: 'cat /sys/class/net/e*/address',
  uuid: 'sudo cat /sys/class/dmi/id/product_uuid',
  instanceId: 'sudo cat /var/lib/cloud/data/instance-id',
}

export async function identityOf(guest: Guest): Promise<Identity> {
  const said = await guest.run(
    Object.values(commands)
      .map(command => `echo "$(${command})"`)
      .join('; '),
  )
  const lines = said.split('\n')
  return Object.fromEntries(
    Object.keys(commands).map((name, index) => [name, lines[index]?.trim() ?? '']),
  ) as unknown as Identity
}

/** Throws where they share anything, or lack it. */
export function assertStrangers(one: Identity, other: Identity): void {
  const names = Object.keys(commands) as (keyof Identity)[]
  const lacking = names.filter(name => one[name] === '' || other[name] === '')
  if (lacking.length > 0) throw new Error(`not known of a guest: ${lacking.join(', ')}`)
  const shared = names.filter(name => one[name] === other[name])
  if (shared.length > 0) throw new Error(`both have the same ${shared.map(name => `${name} ${one[name]}`).join(', ')}`)
}
