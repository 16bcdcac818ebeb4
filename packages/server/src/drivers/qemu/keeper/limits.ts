/** All the keeper's waits, ms. Tests shorten them. */
export interface Limits {
  /** For the agent to show that it is there. A healthy one under load needs some 10 ms. */
  readonly syncMs: number
  /** For the agent to start the switch in the guest. */
  readonly armMs: number
  /** For the agent to freeze all file systems. */
  readonly freezeMs: number
  /** From the request to freeze until the keeper thaws by itself. */
  readonly holdMs: number
  /** From arming until the switch in the guest thaws. More than `holdMs`, or it would go first. */
  readonly switchMs: number
  /** For one attempt to thaw; also how long a caller of `thaw` waits at most. */
  readonly thawMs: number
  /** For the agent to start a program, or to tell how it ended. */
  readonly programMs: number
  /** How long a call waits for the one before it on the same guest. */
  readonly queueMs: number
  /** How long the keeper outlives the service while something is still frozen; also how long a rescue goes on. */
  readonly drainMs: number
}

export const defaultLimits: Limits = {
  syncMs: 1_000,
  armMs: 1_000,
  freezeMs: 2_000,
  holdMs: 3_000,
  switchMs: 4_000,
  thawMs: 2_000,
  programMs: 5_000,
  queueMs: 4_000,
  drainMs: 60_000,
}
