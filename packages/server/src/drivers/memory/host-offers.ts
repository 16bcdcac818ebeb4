/** What the world's host has to offer to machines: ports and bridges. */
import { Failure } from '../../errors.ts'
import type { Network } from '../driver.ts'
import type { World } from './world.ts'

/** At the start, when it is too late to choose others. */
export function refuseNetwork(world: World, network: Network): void {
  if (network.type === 'bridge') checkBridge(world, network.bridge)
  if (network.type !== 'user') return
  for (const { hostPort } of network.forwards) if (isTaken(world, hostPort)) throw taken(hostPort)
}

export function checkBridge(world: World, name: string): void {
  if (world.bridges.has(name)) return
  throw new Failure('bridge_unavailable', `There is no bridge ${JSON.stringify(name)} on this host.`)
}

export function findPort(world: World, wanted: number | null): number {
  if (wanted !== null) {
    if (isTaken(world, wanted)) throw taken(wanted)
    return wanted
  }
  do world.lastPort++
  while (isTaken(world, world.lastPort))
  return world.lastPort
}

function isTaken(world: World, port: number): boolean {
  if (world.takenPorts.has(port)) return true
  return [...world.machines.values()].some(
    ({ started: { network } }) => network.type === 'user' && network.forwards.some(({ hostPort }) => hostPort === port),
  )
}

function taken(port: number): Failure {
  return new Failure('port_taken', `Port ${port} of 127.0.0.1 is taken.`)
}
