/**
 * Which consistency a snapshot of a server has. Always both: what was asked for and what was achieved.
 *
 * `crash`: all disks at one instant, as after a power cut. `filesystem`: in addition every file system was frozen
 * from before to after that instant, and proven to have been: the thaw returned the number that the freeze returned
 * (the agent's own `fsfreeze-status` is no proof; it says `frozen` even after a dead man's switch has thawed).
 */
export const consistencyRequests = ['auto', 'crash', 'filesystem'] as const
export type ConsistencyRequest = (typeof consistencyRequests)[number]

export const consistencies = ['crash', 'filesystem'] as const
export type Consistency = (typeof consistencies)[number]

/** Why less than `filesystem` was achieved. `null` in a receipt: nothing less was. */
export const consistencyReasons = {
  not_asked: 'crash consistency was asked for',
  not_running: 'the server was not running, so nothing could be frozen and proven to be',
  agent_absent: 'no guest agent is running in the server',
  agent_timeout: 'the guest agent did not answer in time',
  agent_error: 'the guest agent refused to freeze the file systems',
  freeze_timeout: 'the guest took longer than 2 seconds to freeze its file systems',
  thawed_early: 'the file systems were thawed before the cut was done',
  keeper_died: 'the helper that holds the guest agent ended before the thaw was proven',
  machine_died: 'the server ended during the cut',
  service_restarted: 'the service was restarted between the freeze and the proof of the thaw',
} as const satisfies Record<string, string>
export type ConsistencyReason = keyof typeof consistencyReasons

/** Does a freeze of `frozen` file systems that ended in a thaw of `thawed` prove filesystem consistency? */
export function frozenThroughout(frozen: number, thawed: number): boolean {
  return frozen > 0 && frozen === thawed
}
