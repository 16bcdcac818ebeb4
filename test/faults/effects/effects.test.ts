/** The small part of the Nth-effect loop, with a fixed seed; and that it can fail. `main.ts` is all of it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases, unlessThere } from '../../../packages/server/test/support/databases.ts'
import type { AnyKind } from '../../../packages/server/test/support/engine.ts'
import type { Cell } from '../tally.ts'
import { subjectOf } from './attempt.ts'
import { type Result, randomOf, spoilEveryEffect } from './loop.ts'
import { memoryPlace } from './memory/world.ts'
import { effectsPart, quickly } from './part.ts'
import { scenarios } from './scenarios.ts'

const lost = (results: readonly Result[]): Cell[] => results.flatMap(({ cells }) => cells).filter(cell => cell.lost)

for (const on of databases) {
  test(`whichever side effect is spoilt, nothing is lost [${on}]`, unlessThere(on), async () => {
    const results = await effectsPart(memoryPlace(on), scenarios, {
      random: randomOf(4),
      atOnce: 4,
      say: () => {},
      ...quickly[on],
    })
    assert.deepEqual(lost(results), [])
    // What comes from chance may end before the effect that was to be spoilt: then there is nothing to be told.
    for (const { cells, during } of results) assert.ok(cells.length > 0, during)
  })
}

/** Kinds with a mistake, and what spoils one effect too many for them. */
const mistakes: Record<string, { during: string; change: (step: AnyStep) => Partial<AnyStep>; told: RegExp }> = {
  'forgets to take back': {
    during: 'snapshot_restore, server running',
    change: step => (step.name === 'start' ? {} : { undo: async () => undefined }),
    told: /machine|files and rows|what the guest reads/,
  },
  'records what it has not done': {
    during: 'snapshot_create, server running',
    change: ({ name }) => (name === 'cut' ? { run: async () => ({ report: stale }) } : {}),
    told: /it does not come to rest/,
  },
  'merges without a flush': {
    during: 'merge into a sealed layer, server running',
    change: ({ name }) => (name === 'flush' ? { run: async () => undefined } : {}),
    told: /if every machine is killed now/,
  },
  'leaves files behind': {
    during: 'server_create',
    change: ({ name }) => (name === 'prepare' ? { undo: async () => undefined } : {}),
    told: /files and rows/,
  },
}
type AnyStep = AnyKind['steps'][number]
const stale = { cutAt: 0, achieved: 'crash', reason: null, freezeMs: null, pauseMs: null, running: true }

describe('the loop catches a kind that', () => {
  for (const [what, { during, change, told }] of Object.entries(mistakes)) {
    test(what, async () => {
      const scenario = scenarios.find(one => one.during === during)
      assert.ok(scenario)
      const planted = (kind: AnyKind): AnyKind =>
        kind.kind === scenario.kind ? { ...kind, steps: kind.steps.map(step => ({ ...step, ...change(step) })) } : kind
      const result = await spoilEveryEffect(subjectOf(scenario, memoryPlace('sqlite'), planted), {
        faults: ['it is refused'],
        random: randomOf(4),
        atOnce: 4,
        until: Number.POSITIVE_INFINITY,
      })
      const [first] = lost([result])
      assert.ok(first, 'nothing was lost')
      assert.match(first.lost ?? '', told)
    })
  }
})
