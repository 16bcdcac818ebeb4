import { type Check, type Level, Mismatch, Skip } from './check.ts'
import { type Options, openSession } from './session.ts'
import { checks } from './suite.ts'

export interface Result {
  readonly id: string
  readonly level: Level
  readonly says: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly expected?: string
  readonly actual?: string
  /** Why it was skipped. */
  readonly reason?: string
}

const CLEAN_UP = {
  id: 'suite.cleans-up',
  level: 'documented',
  says: 'Everything that this run has made can be deleted again',
} as const

/**
 * Runs the suite against one server. Whatever it makes there it deletes again, also when something fails.
 *
 * @param tell called with each result as it comes
 * @throws NoServer where there is nothing to work on
 */
export async function runSuite(options: Options, tell: (result: Result) => void = () => {}): Promise<Result[]> {
  const session = await openSession(options)
  const results: Result[] = []
  const add = (result: Result) => {
    results.push(result)
    tell(result)
  }
  const stop = () => void session.cleanUp().finally(() => process.exit(130))
  process.once('SIGINT', stop)
  try {
    for (const check of checks) {
      if (check.level === 'full' && !session.full) continue
      add({ ...describe(check), ...(await outcomeOf(() => check.run(session))) })
    }
  } finally {
    process.off('SIGINT', stop)
    const left = await session.cleanUp().catch(error => [String(error)])
    add({
      ...CLEAN_UP,
      ...(left.length === 0
        ? { outcome: 'passed' as const }
        : { outcome: 'failed' as const, expected: 'nothing left', actual: left.join(' ') }),
    })
  }
  return results
}

const describe = ({ id, level, says }: Check) => ({ id, level, says })

async function outcomeOf(
  run: () => Promise<void>,
): Promise<Pick<Result, 'outcome' | 'expected' | 'actual' | 'reason'>> {
  try {
    await run()
    return { outcome: 'passed' }
  } catch (error) {
    if (error instanceof Skip) return { outcome: 'skipped', reason: error.message }
    if (error instanceof Mismatch) return { outcome: 'failed', expected: error.expected, actual: error.actual }
    // A reply of another shape than any check foresaw, or none at all.
    const cause = (error as { cause?: unknown }).cause
    return {
      outcome: 'failed',
      expected: 'a reply of the documented shape',
      actual: `${error}${cause ? ` (${cause})` : ''}`,
    }
  }
}
