/** Which parts of a server's identity are its own, and what somebody has to do about the others. */
import type { IdentityOrigin, ServerDetail } from './schemas.ts'
import type { ServerRow } from './store.ts'

/** Only where cloud-init is known to be in the image does anything inside happen by itself. */
export function identityOf(row: ServerRow): ServerDetail['identity'] {
  const hasCloudInit = row.instance_id !== null && row.image_cloud_init === 1
  const inside: IdentityOrigin = hasCloudInit ? 'by_cloud_init' : 'copied'
  return {
    uuid: 'new',
    mac: row.mac === null ? null : 'new',
    // A kernel takes it from its arguments.
    hostname: row.image_kernel === null ? inside : 'new',
    machine_id: inside,
    ssh_host_keys: inside,
    note: hasCloudInit ? null : noteOf(row),
  }
}

function noteOf({ cloned_from, hostname, image_kernel }: ServerRow): string {
  const origin = cloned_from === null ? 'image' : `server of snapshot ${cloned_from}`
  const name = image_kernel === null ? `hostnamectl set-hostname ${hostname}; ` : ''
  return (
    `No cloud-init is known to be in its image, so it shares with the ${origin} what is "copied". Before both are used ` +
    `side by side, run inside: ${name}rm -f /etc/machine-id && systemd-machine-id-setup; rm -f /etc/ssh/ssh_host_* && ` +
    'dpkg-reconfigure openssh-server (elsewhere than on Debian: ssh-keygen -A); then reboot.'
  )
}
