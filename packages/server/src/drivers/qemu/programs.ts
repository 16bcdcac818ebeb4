/** Programs in guests: the keeper's answers, as the contract has them. */
import { Failure } from '../../errors.ts'
import type { GuestProcess, GuestProgram, ProgramEnd } from '../driver.ts'
import type { Host } from './host.ts'
import { AgentUnavailable } from './keeper/client.ts'
import type { Machines } from './machines.ts'
import type { GuestPaths } from './paths.ts'
import type { Session } from './session.ts'

export interface ProgramDeps {
  readonly host: Host
  readonly paths: GuestPaths
  readonly machines: Machines
  hasAgent(session: Session): Promise<boolean>
}

export async function startProgram(deps: ProgramDeps, serverId: number, program: GuestProgram): Promise<GuestProcess> {
  const { host, paths, machines, hasAgent } = deps
  const session = await machines.find(serverId).catch(() => undefined)
  if (!session || !(await hasAgent(session))) throw unavailable(serverId)
  const started = await host.keeper.start(paths.machine(serverId).agent, program).catch(error => {
    // It may have been on its way.
    if (error instanceof AgentUnavailable && error.reason !== 'keeper_died') throw unavailable(serverId)
    throw error
  })
  if ('pid' in started) return { pid: started.pid, machine: runOf(session) }
  if ('refused' in started) throw new Failure('exec_refused', `The guest agent says: ${started.refused}`)
  throw new Error(started.unknown)
}

export async function programEnd(
  deps: ProgramDeps,
  serverId: number,
  process: GuestProcess,
): Promise<ProgramEnd | null> {
  const { host, paths, machines } = deps
  const session = await machines.find(serverId)
  if (!session || runOf(session) !== process.machine)
    throw new Failure('outcome_unknown', 'The server has ended since the program was started.')
  const state = await host.keeper.ask(paths.machine(serverId).agent, process.pid)
  if (state === 'runs') return null
  if ('lost' in state) throw new Failure('outcome_unknown', `How the program ended is not known: ${state.lost}.`)
  return state
}

export async function killProgram(deps: ProgramDeps, serverId: number, process: GuestProcess): Promise<void> {
  const { host, paths, machines } = deps
  const session = await machines.find(serverId)
  if (session && runOf(session) === process.machine) await host.keeper.kill(paths.machine(serverId).agent, process.pid)
}

function runOf({ process }: Session): string {
  return `${process.pid} ${process.startTime}`
}

function unavailable(serverId: number): Failure {
  return new Failure('agent_unavailable', `No guest agent answers in server ${serverId}.`)
}
