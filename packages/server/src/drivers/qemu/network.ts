/** A machine's network card and the cable of it. */
import type { Network } from '../driver.ts'
import type { Session } from './session.ts'

const CARD = 'nic'

/**
 * `user` is QEMU's own network stack, and it is one-way: QEMU 7.2 connects a guest that asks for the gateway's address
 * to the host's 127.0.0.1, where services listen that trust whoever is there, and the only option against it is
 * `restrict`, which lets nothing out at all. What comes in through the forwarded ports still does.
 *
 * `address` is the card's place on the bus, by which guests name it. No option ROM: it comes from a package of its own,
 * and a server is never to boot from the network.
 */
export function networkArguments(network: Network, tap: string | null, address: number): string[] {
  if (network.type === 'none') return []
  const card = `virtio-net-pci,id=${CARD},netdev=net,mac=${network.mac},addr=0x${address.toString(16)},romfile=`
  return ['-netdev', backend(network, tap), '-device', card, ...(network.isPlugged ? [] : ['-S'])]
}

function backend(network: Exclude<Network, { type: 'none' }>, tap: string | null): string {
  if (network.type === 'bridge') return `tap,id=net,ifname=${tap},script=no,downscript=no`
  const forwards = network.forwards.map(({ hostPort, guestPort }) => `,hostfwd=tcp:127.0.0.1:${hostPort}-:${guestPort}`)
  return `user,id=net,restrict=on,ipv6=off${forwards.join('')}`
}

/** Whoever has no card has no cable: then nothing is done. */
export async function setPlugged({ monitor }: Session, isPlugged: boolean): Promise<void> {
  const cards = await monitor.execute<{ name: string }[]>('query-rx-filter')
  if (cards.some(({ name }) => name === CARD)) await monitor.execute('set_link', { name: CARD, up: isPlugged })
}

/**
 * Lets a machine run on. One that was started without its cable (`-S`) and never got further, because the service ended
 * there, must not run with it.
 */
export async function letRun(session: Session): Promise<void> {
  if (await isNew(session)) await setPlugged(session, false)
  await session.monitor.execute('cont')
}

/** The end of a start: the guest's first instruction finds the cable as it is to be. */
export async function finishStart(session: Session, network: Network): Promise<void> {
  if (!(await isNew(session))) return
  await setPlugged(session, network.type !== 'none' && network.isPlugged)
  await session.monitor.execute('cont')
}

/** Only `-S` lets us see a QEMU that has not run its guest yet. */
async function isNew({ monitor }: Session): Promise<boolean> {
  return (await monitor.execute<{ status: string }>('query-status')).status === 'prelaunch'
}
