/** Kinds of operations with the usual mistakes. The proofs must catch each of them. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AnyKind } from '../support/engine.ts'
import { operationProofs } from '../support/operation-proofs.ts'
import { openLooseToy, steps, type Toy } from './toy.ts'

type AnyStep = AnyKind['steps'][number]

interface Mistake {
  readonly step: (toy: Toy, step: AnyStep) => Partial<AnyStep>
  /** A proof that must fail. */
  readonly caughtBy: string
}

const mistakes: Record<string, Mistake> = {
  'does the work again when it is repeated': {
    step: (toy, step) => ({
      run: async context => {
        const name = `${context.operation.id}:${step.name}`
        toy.things.add(toy.things.has(name) ? `${name} again` : name)
        return { [step.name]: `${step.name} of ${context.operation.id}` }
      },
    }),
    caughtBy: 'build: a crash after the effect',
  },
  'refuses to be repeated': {
    step: (toy, step) => ({
      run: context => {
        if (toy.things.has(`${context.operation.id}:${step.name}`)) throw new Error('exists')
        return step.run?.(context) as Promise<object>
      },
    }),
    caughtBy: 'every step runs twice',
  },
  'takes nothing back': {
    step: () => ({ undo: async () => undefined }),
    caughtBy: 'build: a failure after the effect unwinds',
  },
  'takes back only what it thinks happened': {
    step: (_toy, step) => ({
      undo: async context => (context.output[step.name] === undefined ? undefined : step.undo?.(context)),
    }),
    caughtBy: 'build: a failure after the effect unwinds',
  },
  'fails to take back what is not there': {
    step: (toy, step) => ({
      undo: async context => {
        if (!toy.things.has(`${context.operation.id}:${step.name}`)) throw new Error('nothing there')
        await step.undo?.(context)
        toy.things.add('a second undo would have failed')
        return undefined
      },
    }),
    caughtBy: 'paint: after its failure every undo runs twice',
  },
  'records outside the transaction': {
    step: (toy, step) => ({
      run: async context => {
        const name = `${context.operation.id}:${step.name}`
        const row = {
          account_id: toy.accountId,
          name,
          digest: `${name} ${Math.random()}`,
          permissions: '[]',
          created_at: 0,
        }
        await toy.db.insertInto('tokens').values(row).execute()
        return step.run?.(context) as Promise<object>
      },
      record: async () => {},
    }),
    caughtBy: 'dig: a crash after the effect',
  },
  'leaves its rows': {
    step: () => ({ unrecord: async () => {} }),
    caughtBy: 'paint: a failure before the effect unwinds',
  },
  'remembers in the process what it needs after a crash': {
    step: (_toy, step) => {
      const remembered = new Set<number>()
      return {
        run: async context => {
          if (step.name === 'dig') remembered.add(context.operation.id)
          return step.run?.(context) as Promise<object>
        },
        undo: async context => {
          if (step.name === 'dig' && !remembered.has(context.operation.id)) return undefined
          return step.undo?.(context)
        },
      }
    },
    caughtBy: 'dig: a crash before the undo while it unwinds',
  },
}

describe('the operation proofs catch a kind that', () => {
  for (const [what, { step: change, caughtBy }] of Object.entries(mistakes)) {
    test(what, async () => {
      const proofs = await operationProofs(async () => {
        const toy = await openLooseToy('sqlite')
        return {
          db: toy.db,
          kind: 'toy',
          kinds: () => [{ ...toy.kind, steps: toy.kind.steps.map(step => ({ ...step, ...change(toy, step) })) }],
          request: () => toy.request(),
          verify: async outcome => {
            const expected = outcome === 'completed' ? steps.map(step => `1:${step}`) : []
            assert.deepEqual([...toy.things], expected)
            assert.deepEqual(await toy.recorded(), expected)
          },
          close: toy.close,
          patienceMs: 1000,
        }
      })
      const prove = proofs[caughtBy]
      assert.ok(prove, `there is no proof "${caughtBy}"`)
      await assert.rejects(prove())
    })
  }
})
