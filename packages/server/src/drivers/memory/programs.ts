/** Programs in the guests of machines in memory: they do nothing, and end as a test says. */
import { Failure } from '../../errors.ts'
import type { GuestProcess, GuestProgram, ProgramEnd } from '../driver.ts'
import { type AgentMode, answers } from './agent.ts'
import type { RunningMachine, World } from './world.ts'

/** What starting one comes to: it ends like this, runs on, or the agent refuses. */
export type ProgramFate = ProgramEnd | 'runs' | { readonly refused: string }

const wellEnded: ProgramEnd = {
  exitCode: 0,
  signal: null,
  stdout: { text: '', isCut: false },
  stderr: { text: '', isCut: false },
}

export async function startProgram(world: World, serverId: number, program: GuestProgram): Promise<GuestProcess> {
  const machine = withAgent(world, serverId)
  if (!machine) throw new Failure('agent_unavailable', `No guest agent answers in server ${serverId}.`)
  const fate = fateOf(world, serverId)
  if (fate !== 'runs' && 'refused' in fate) throw new Failure('exec_refused', `The guest agent says: ${fate.refused}`)
  const pid = ++machine.lastProgram
  machine.programs.set(pid, { program, isKilled: false })
  return { pid, machine: machine.run }
}

export async function programEnd(world: World, serverId: number, process: GuestProcess): Promise<ProgramEnd | null> {
  if (world.machines.get(serverId)?.run !== process.machine)
    throw new Failure('outcome_unknown', 'The server has ended since the program was started.')
  const machine = withAgent(world, serverId)
  if (!machine) throw new Error('the agent does not answer')
  const known = machine.programs.get(process.pid)
  if (!known) throw new Failure('outcome_unknown', 'How the program ended is not known: it was told already.')
  const fate = fateOf(world, serverId)
  const isOver = known.isKilled || (fate !== 'runs' && 'exitCode' in fate)
  if (!isOver) return null
  machine.programs.delete(process.pid)
  return known.isKilled ? { ...wellEnded, exitCode: null, signal: 9 } : (fate as ProgramEnd)
}

export async function killProgram(world: World, serverId: number, process: GuestProcess): Promise<void> {
  const machine = withAgent(world, serverId)
  const known = machine?.run === process.machine ? machine.programs.get(process.pid) : undefined
  if (known) known.isKilled = true
}

function fateOf(world: World, serverId: number): ProgramFate {
  return world.fates.get(serverId) ?? wellEnded
}

function withAgent(world: World, serverId: number): RunningMachine | undefined {
  const machine = world.machines.get(serverId)
  const mode: AgentMode = world.agents.get(serverId) ?? 'present'
  return machine && machine.paused === null && answers(mode) ? machine : undefined
}
