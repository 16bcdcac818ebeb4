/** How what was run has ended. */

export interface Ended {
  /**
   * `ended`: by itself. `not_started`: it never ran. `unknown`: nobody can say. `timed_out`, `interrupted`: it was ended.
   */
  readonly how: 'ended' | 'not_started' | 'unknown' | 'timed_out' | 'interrupted'
  readonly exit_code: number | null
  readonly signal: string | null
  /** For people, as in "The command …". */
  readonly told: string
}

export function hasSucceeded({ how, exit_code }: Ended): boolean {
  return how === 'ended' && exit_code === 0
}

export function endedBy(exit_code: number | null, signal: string | null): Ended {
  const told = signal === null ? `ended with exit code ${exit_code}` : `was ended by ${signal}`
  return { how: 'ended', exit_code, signal, told }
}
