/** The guest agent of a machine in memory: what a freeze and a thaw come to. */
import { type ConsistencyReason, frozenThroughout } from '../../domain/consistency.ts'
import type { RunningMachine } from './world.ts'

/** How an agent behaves; `null`: it freezes. */
const refusals = {
  present: null,
  thaws_early: null,
  absent: 'agent_absent',
  silent: 'agent_timeout',
  failing: 'agent_error',
  slow: 'freeze_timeout',
} as const satisfies Record<string, ConsistencyReason | null>
export type AgentMode = keyof typeof refusals

/** Whether it answers at all. */
export function answers(mode: AgentMode): boolean {
  return mode === 'present' || mode === 'slow' || mode === 'thaws_early'
}

/** Why the file systems could not be frozen; null: they are. */
export function freeze(machine: RunningMachine, mode: AgentMode): ConsistencyReason | null {
  const refusal = refusals[mode]
  if (refusal === null) machine.frozen = true
  return refusal
}

/** Why the freeze proves nothing; null: frozen from before to after. */
export function thaw(machine: RunningMachine, mode: AgentMode): ConsistencyReason | null {
  machine.frozen = false
  return frozenThroughout(1, mode === 'thaws_early' ? 0 : 1) ? null : 'thawed_early'
}
