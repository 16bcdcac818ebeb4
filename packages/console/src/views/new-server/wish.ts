/** What somebody wants a new server to be, as it is typed; what is wrong with it; and the request that it makes. Pure. */
import type { Body, Image } from '@restpoint/sdk/source'
import { GIB } from '../../format/numbers.ts'
import { wholeNumber } from '../../forms/whole-number.ts'

export interface Port {
  /** Of the row, as long as it is there. */
  readonly key: number
  readonly guest: string
  /** Empty: any that is free. */
  readonly host: string
}

export const networks = ['user', 'bridge', 'none'] as const
export type Network = (typeof networks)[number]
export const firmwares = ['bios', 'uefi'] as const
export type Firmware = (typeof firmwares)[number]

export interface Wish {
  readonly name: string
  readonly imageId: number | undefined
  readonly vcpus: string
  /** MB */
  readonly memory: string
  /** GB; undefined: not touched, as the image suggests. */
  readonly storage: string | undefined
  readonly network: Network
  readonly bridge: string
  readonly ports: readonly Port[]
  /** One a line. */
  readonly sshKeys: string
  readonly userData: string
  readonly autostart: boolean
  /** Empty: made of the name. */
  readonly hostname: string
  /** Empty: local. */
  readonly location: string
  readonly firmware: Firmware
}

export const firstWish: Wish = {
  name: '',
  imageId: undefined,
  vcpus: '1',
  memory: '1024',
  storage: undefined,
  network: 'user',
  bridge: '',
  ports: [{ key: 0, guest: '22', host: '' }],
  sshKeys: '',
  userData: '',
  autostart: true,
  hostname: '',
  location: '',
  firmware: 'bios',
}

/** Those of the API. */
export const limits = {
  vcpus: [1, 64],
  memory: [64, Number.MAX_SAFE_INTEGER],
  storage: [1, 16_384],
  guestPort: [1, 65_535],
  // Below, ports are the host's own.
  hostPort: [1024, 65_535],
  ports: 16,
  userDataBytes: 16 * 1024,
  sshKeys: 32,
} as const

const BRIDGE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
const HOSTNAME = new RegExp(`^(?=.{1,253}$)${LABEL}(?:[.]${LABEL})*$`)
const LOCATION = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/
const SSH_KEY = /^(?:ssh|sk|ecdsa)[a-z0-9@.-]* +[A-Za-z0-9+/]+={0,2}(?: +[ -~]*)?$/
const USER_DATA =
  /^(?:#cloud-config|#cloud-boothook|#include|#part-handler|#!|## template: jinja|Content-Type: |MIME-Version: )/

const within = (text: string, [least, most]: readonly [number, number]) => wholeNumber(text, least, most)

/** The least that an image fits on, GB. */
export function leastStorage(image: Pick<Image, 'size_bytes'> | undefined): number {
  return Math.max(1, Math.ceil((image?.size_bytes ?? 0) / GIB))
}

const USUAL_GB = 10

/** What is typed, or what the image suggests: it takes no space until the guest writes. */
export function storageOf({ storage }: Pick<Wish, 'storage'>, image: Pick<Image, 'size_bytes'> | undefined): string {
  return storage ?? String(Math.max(USUAL_GB, leastStorage(image)))
}

export function sshKeysOf({ sshKeys }: Pick<Wish, 'sshKeys'>): string[] {
  return sshKeys
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
}

export type Faulty =
  | 'image'
  | 'vcpus'
  | 'memory'
  | 'storage'
  | 'bridge'
  | 'ports'
  | 'sshKeys'
  | 'userData'
  | 'hostname'
  | 'location'

/** The fields with something wrong. The name is judged elsewhere. */
export function faultsOf(wish: Wish, image: Image | undefined): ReadonlySet<Faulty> {
  const { vcpus, memory, network, bridge, ports, userData, hostname, location } = wish
  const takesCloudInit = image?.cloud_init === true
  const checks: Readonly<Record<Faulty, boolean>> = {
    image: image?.status === 'available',
    vcpus: within(vcpus, limits.vcpus) !== undefined,
    memory: within(memory, limits.memory) !== undefined,
    storage: (within(storageOf(wish, image), limits.storage) ?? 0) >= leastStorage(image),
    bridge: network !== 'bridge' || BRIDGE.test(bridge),
    ports: network !== 'user' || arePorts(ports),
    sshKeys: !takesCloudInit || areKeys(sshKeysOf(wish)),
    userData: !takesCloudInit || userData === '' || isUserData(userData),
    hostname: hostname === '' || HOSTNAME.test(hostname),
    location: location === '' || LOCATION.test(location),
  }
  return new Set((Object.keys(checks) as Faulty[]).filter(field => !checks[field]))
}

export function isPort({ guest, host }: Pick<Port, 'guest' | 'host'>): { guest: boolean; host: boolean } {
  return {
    guest: within(guest, limits.guestPort) !== undefined,
    host: host === '' || within(host, limits.hostPort) !== undefined,
  }
}

function arePorts(ports: readonly Port[]): boolean {
  const hosts = ports.map(({ host }) => host).filter(host => host !== '')
  return ports.every(port => Object.values(isPort(port)).every(Boolean)) && new Set(hosts).size === hosts.length
}

function areKeys(keys: readonly string[]): boolean {
  return keys.length <= limits.sshKeys && keys.every(key => SSH_KEY.test(key))
}

function isUserData(text: string): boolean {
  return USER_DATA.test(text) && new TextEncoder().encode(text).length <= limits.userDataBytes
}

/** For a wish without faults. What is as the API has it anyhow is left away. */
export function bodyOf(wish: Wish, image: Image | undefined): Body<'createServer'> {
  const { name, network, bridge, ports, userData, autostart, hostname, location, firmware } = wish
  const keys = sshKeysOf(wish)
  const hasCloudInit = image?.cloud_init === true && (keys.length > 0 || userData !== '')
  return {
    name,
    ...(hostname === '' ? {} : { hostname }),
    ...(location === '' ? {} : { location }),
    image_id: image?.id ?? 0,
    plan: {
      vcpus: within(wish.vcpus, limits.vcpus) ?? 0,
      memory: within(wish.memory, limits.memory) ?? 0,
      storage: within(storageOf(wish, image), limits.storage) ?? 0,
    },
    ...(firmware === 'bios' ? {} : { firmware }),
    ...(network === 'user' ? {} : { network: network === 'bridge' ? `bridge:${bridge}` : 'none' }),
    ...(network === 'user' ? { forwards: ports.map(forwardOf) } : {}),
    ...(hasCloudInit
      ? {
          cloud_init: {
            ...(keys.length > 0 ? { ssh_keys: keys } : {}),
            ...(userData === '' ? {} : { user_data: userData }),
          },
        }
      : {}),
    ...(autostart ? {} : { autostart: false }),
  }
}

function forwardOf({ guest, host }: Port) {
  const guest_port = within(guest, limits.guestPort) ?? 0
  return host === '' ? { guest_port } : { guest_port, host_port: within(host, limits.hostPort) ?? 0 }
}
