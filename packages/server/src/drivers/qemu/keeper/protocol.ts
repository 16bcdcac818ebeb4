import type { ConsistencyReason } from '../../../domain/consistency.ts'
import type { GuestProgram, ProgramEnd } from '../../driver.ts'

/**
 * What the service and its keeper say to each other: JSON lines, `Call`s down the keeper's stdin, `Answer`s up its
 * stdout, in any order.
 */
export type Call = { readonly id: number; readonly socket: string } & (
  | { readonly call: 'freeze' | 'thaw' | 'rescue' }
  | { readonly call: 'describe'; readonly timeoutMs: number }
  | { readonly call: 'shutdown'; readonly mode: ShutdownMode }
  | { readonly call: 'start'; readonly program: GuestProgram }
  | { readonly call: 'ask' | 'kill'; readonly pid: number }
)

export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly reason: UnavailableReason; readonly detail: string }

export type ShutdownMode = 'powerdown' | 'reboot'

export interface Frozen {
  /** File systems frozen; never 0. */
  readonly frozen: number
  /** Whether the guest thaws by itself if all of us die. Not, where guest-exec is blocked. */
  readonly armed: boolean
}

export interface Thawed {
  readonly frozen: number
  /** Equal to `frozen`: they were frozen all the time. Anything else proves nothing. */
  readonly thawed: number
  /** From the request to freeze to the answer of the thaw, ms: a little more than the guest's own wait. */
  readonly frozenMs: number
  /** The keeper thawed because nobody had asked for it in time. */
  readonly byDeadline: boolean
}

/** All cleaned: the guest may have written anything. */
export interface GuestDescription {
  /** Of the agent, e.g. `7.2.22`. */
  readonly version: string
  /** IPv4 first; no loopback and no link-local addresses. */
  readonly ipAddresses: readonly string[]
  /** e.g. `Debian GNU/Linux 12 (bookworm)`. */
  readonly osName: string | null
  /** What the agent says it would do now, e.g. `guest-fsfreeze-freeze`. */
  readonly commands: readonly string[]
}

/** `refused`: it was not started, and why, in the agent's words, cleaned. `unknown`: it may have been. */
export type ProgramStart = { readonly pid: number } | { readonly refused: string } | { readonly unknown: string }

/** `lost`: how it ended, if it has, nobody can say any more. */
export type ProgramState = 'runs' | ProgramEnd | { readonly lost: string }

export type UnavailableReason = Extract<
  ConsistencyReason,
  'agent_absent' | 'agent_timeout' | 'agent_error' | 'freeze_timeout' | 'keeper_died'
>

/** The guest could not be frozen, or its thaw not be proven. The guest is not left frozen; see the keeper's rules. */
export class AgentUnavailable extends Error {
  override readonly name = 'AgentUnavailable'
  readonly reason: UnavailableReason

  constructor(reason: UnavailableReason, detail: string = reason) {
    super(detail)
    this.reason = reason
  }
}
