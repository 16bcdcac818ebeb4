import type { Member, World } from '../world.ts'
import { begin } from './operations.ts'
import { Guest } from './ssh.ts'

interface ServerDetail {
  readonly id: number
  readonly network: { readonly forwards: readonly { readonly host_port: number; readonly guest_port: number }[] }
}

export const plan = { vcpus: 2, memory: 1024, storage: 3 }

export async function importImage(world: World, file: string): Promise<number> {
  const body = { name: 'debian-12', path: file, format: 'qcow2', os_name: 'Debian 12' }
  return (await begin<{ id: number }>(world.api, '/images/', body)).id
}

export async function makeServer(
  world: World,
  name: string,
  { imageId, firmware }: { imageId: number; firmware: 'bios' | 'uefi' },
): Promise<Member> {
  const body = { name, image_id: imageId, plan, firmware, cloud_init: { ssh_keys: [world.publicKey] } }
  return member(world, name, await begin<ServerDetail>(world.api, '/servers/', body))
}

export async function cloneServer(world: World, name: string, origin: Member, snapshotId: number): Promise<Member> {
  const body = { snapshot_id: snapshotId, name, cloud_init: { ssh_keys: [world.publicKey] } }
  return member(world, name, await begin<ServerDetail>(world.api, `/servers/${origin.id}/clone/`, body))
}

function member(world: World, name: string, { id, network }: ServerDetail): Member {
  const port = network.forwards.find(forward => forward.guest_port === 22)?.host_port
  if (port === undefined) throw new Error(`no port of the host leads to ${name}'s ssh`)
  const made = { id, guest: new Guest(name, port, world.folder) }
  world.members.push(made)
  return made
}
