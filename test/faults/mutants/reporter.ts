/** For `node --test --test-reporter`: one line of JSON for each test that has ended. */
import type { TestEvent } from 'node:test/reporters'

export interface Ended {
  readonly name: string
  readonly isPassed: boolean
  readonly isSkipped: boolean
  /** A suite, or a test whose parts have failed. */
  readonly isParent: boolean
  readonly why: string
}

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { name, details, skip } = event.data
    const error = 'error' in details ? (details.error as { failureType?: string; cause?: unknown }) : undefined
    const ended: Ended = {
      name,
      isPassed: event.type === 'test:pass',
      isSkipped: skip !== undefined && skip !== false,
      isParent: details.type === 'suite' || error?.failureType === 'subtestsFailed',
      why:
        error === undefined
          ? ''
          : String((error.cause as Error | undefined)?.message ?? error.cause ?? '').slice(0, 300),
    }
    yield `${JSON.stringify(ended)}\n`
  }
}
