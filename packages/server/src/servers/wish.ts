/** What was asked for when a server is to be made, from an image or from a snapshot: checked, and nothing left open. */
import { Failure } from '../errors.ts'
import type { CloudInit } from '../layers/machine.ts'

export interface Forward {
  readonly guestPort: number
  /** Null: any that is free. */
  readonly hostPort: number | null
}

export interface Wish {
  readonly accountId: number
  readonly name: string
  readonly hostname: string
  readonly location: string
  readonly plan: {
    readonly name: string
    readonly vcpus: number
    readonly memoryMb: number
    readonly storageGb: number
  }
  /** `none`, `user` or `bridge:NAME`, as it is stored. */
  readonly network: string
  /** For `user` alone. */
  readonly forwards: readonly Forward[]
  readonly cloudInit: CloudInit | null
  readonly autostart: boolean
  /** Its network cable is unplugged until somebody plugs it in. */
  readonly quarantine: boolean
}

export const PLAN_NAME = 'custom'
export const LOCATION = 'local'
const SSH = 22

/** Who says nothing reaches the guest by ssh. @throws Failure `invalid_request` */
export function forwardsOf(
  network: string,
  given: readonly { guest_port: number; host_port?: number | null }[] | undefined,
  usual: readonly number[] = [SSH],
): Forward[] {
  if (network !== 'user') {
    if (given === undefined || given.length === 0) return []
    throw refused('forwards', 'Only the network "user" forwards ports.')
  }
  if (given === undefined) return usual.map(guestPort => ({ guestPort, hostPort: null }))
  const wanted = given.flatMap(({ host_port }) => host_port ?? [])
  if (new Set(wanted).size < wanted.length) throw refused('forwards', 'A host_port can lead to one guest_port only.')
  return given.map(({ guest_port, host_port }) => ({ guestPort: guest_port, hostPort: host_port ?? null }))
}

/** @throws Failure `invalid_request` */
export function refuseQuarantineWithout(network: string, quarantine: boolean): void {
  if (quarantine && network === 'none') throw refused('quarantine', 'Without a network there is nothing to unplug.')
}

export function refused(field: string, message: string): Failure {
  return new Failure('invalid_request', 'The request cannot be carried out as it is', {
    fields: { [field]: [message] },
  })
}
