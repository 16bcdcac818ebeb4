/** The small part of the Nth-effect loop on real QEMU, with a fixed seed; and that it can fail. `main.ts` is all of it. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Plan } from '../../../packages/server/test/support/effects.ts'
import type { AnyKind } from '../../../packages/server/test/support/engine.ts'
import { subjectOf } from './attempt.ts'
import { randomOf } from './loop.ts'
import { effectsPart, quickly } from './part.ts'
import { openQemuPlace } from './qemu/place.ts'
import { fewQemuScenarios, qemuScenarios } from './qemu/scenarios.ts'

type QemuPlace = Awaited<ReturnType<typeof openQemuPlace>>

let place: QemuPlace
before(async () => {
  place = await openQemuPlace()
})
after(() => place.close())

test('whichever effect on the host is spoilt, nothing is lost', async () => {
  const results = await effectsPart(place, fewQemuScenarios, {
    random: randomOf(4),
    atOnce: 1,
    say: () => {},
    ...quickly.qemu,
  })
  const cells = results.flatMap(result => result.cells)
  assert.deepEqual(
    cells.filter(cell => cell.lost !== null),
    [],
  )
  assert.equal(cells.length, fewQemuScenarios.length)
})

interface Mistake {
  readonly during: string
  /** The step that does less than it should. */
  readonly step: string
  readonly change: Partial<AnyKind['steps'][number]>
  readonly plan: Plan
  readonly told: RegExp
}

const mistakes: Readonly<Record<string, Mistake>> = {
  'merges without a flush': {
    during: 'merge into a sealed layer, server stopped',
    step: 'flush',
    change: { run: async () => undefined },
    plan: { fault: 'the service is killed right after it', at: 'qmp job-finalize' },
    told: /what (the guests read|snapshot)/,
  },
  'does not take its files back': {
    during: 'snapshot_create, server running',
    step: 'prepare',
    change: { undo: async () => undefined },
    plan: { fault: 'it fails for ever', at: 'qmp transaction' },
    told: /the doctor finds/,
  },
}

describe('the loop on QEMU catches a kind that', () => {
  for (const [what, { during, step, change, plan, told }] of Object.entries(mistakes)) {
    test(what, async () => {
      const scenario = qemuScenarios.find(one => one.during === during)
      assert.ok(scenario)
      const planted = (kind: AnyKind): AnyKind => {
        if (kind.kind !== scenario.kind) return kind
        return { ...kind, steps: kind.steps.map(one => (one.name === step ? { ...one, ...change } : one)) }
      }
      const subject = subjectOf(scenario, place, planted)
      const smooth = await subject.attempt()
      assert.equal(smooth.lost, null, 'something is lost when nothing goes wrong')
      const spoilt = await subject.attempt(plan)
      assert.equal(spoilt.struck?.name, plan.at)
      assert.match(spoilt.lost ?? 'nothing was lost', told)
    })
  }
})
