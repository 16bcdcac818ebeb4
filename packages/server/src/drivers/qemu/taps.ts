/**
 * Servers on bridges of the host. A tap is made for a machine right before its start, belongs to the user that QEMU
 * runs as (QEMU itself has no right to make one), and goes when the machine is gone.
 */
import { createHash } from 'node:crypto'
import { Failure } from '../../errors.ts'
import { type Host, isRefusal } from './host.ts'
import { mayChangeNetwork } from './rights.ts'

/** Of the kernel's names of interfaces, those that need no quoting anywhere. */
const NAME = /^[A-Za-z0-9_.-]{1,15}$/
const INTERFACES = '/sys/class/net'
const TUN = '/dev/net/tun'

export class Taps {
  readonly #host: Host
  /** Two state folders on one host have servers of the same ids. */
  readonly #prefix: string

  constructor(host: Host, stateDir: string) {
    this.#host = host
    this.#prefix = `rp${createHash('sha256').update(stateDir).digest('hex').slice(0, 5)}-`
  }

  /** At most 15 characters, as the kernel wants it. */
  nameOf(serverId: number): string {
    return this.#prefix + serverId.toString(36)
  }

  /** Throws `Failure('bridge_unavailable')` unless a machine could be put on it. */
  async check(bridge: string): Promise<void> {
    if (!NAME.test(bridge) || /^\.+$/.test(bridge)) {
      throw unavailable(`${JSON.stringify(bridge)} is no name of a bridge`)
    }
    if (!(await this.#host.fileSize(`${INTERFACES}/${bridge}/bridge`))) {
      throw unavailable(`there is no bridge ${bridge} on this host`)
    }
    if (!mayChangeNetwork((await this.#host.readText('/proc/self/status')) ?? '')) {
      throw unavailable('the service may not make network interfaces')
    }
    await this.#ip(['-V']).catch(() => {
      throw unavailable('the program ip is missing (Debian package iproute2)')
    })
    await this.#host.run('test', ['-r', TUN, '-a', '-w', TUN]).catch(() => {
      throw unavailable(`QEMU's user may not open ${TUN}`)
    })
  }

  /** Not while the machine runs: one that an earlier attempt has left is made anew. */
  async make(serverId: number, bridge: string): Promise<string> {
    await this.check(bridge)
    const name = this.nameOf(serverId)
    await this.remove(serverId)
    // One with less than the bridge would make it smaller for everybody on it.
    const mtu = (await this.#host.readText(`${INTERFACES}/${bridge}/mtu`))?.trim() ?? '1500'
    try {
      await this.#ip(['tuntap', 'add', 'dev', name, 'mode', 'tap', 'user', String(this.#host.qemuUid)])
      await this.#ip(['link', 'set', 'dev', name, 'mtu', mtu, 'master', bridge])
      await this.#ip(['link', 'set', 'dev', name, 'up'])
    } catch (error) {
      await this.remove(serverId).catch(() => {})
      throw isRefusal(error) ? unavailable((error as Error).message) : error
    }
    return name
  }

  remove(serverId: number): Promise<void> {
    return this.#remove(this.nameOf(serverId))
  }

  /** At the service's start: those of machines that have gone meanwhile. */
  async sweep(runs: (serverId: number) => Promise<boolean>): Promise<void> {
    for (const name of await this.#host.listFolder(INTERFACES)) {
      if (!name.startsWith(this.#prefix)) continue
      if (!(await runs(Number.parseInt(name.slice(this.#prefix.length), 36)))) await this.#remove(name)
    }
  }

  async #remove(name: string): Promise<void> {
    if (await this.#host.fileSize(`${INTERFACES}/${name}`)) await this.#ip(['link', 'delete', 'dev', name])
  }

  #ip(args: readonly string[]): Promise<string> {
    return this.#host.administer('ip', args)
  }
}

function unavailable(reason: string): Failure {
  return new Failure('bridge_unavailable', `The server cannot be put on the bridge: ${reason}.`)
}
