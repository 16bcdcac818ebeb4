import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AnyKind } from '../support/engine.ts'
import { operationProofs, proveAll } from '../support/operation-proofs.ts'
import { openWith, proven } from './merge.proven.ts'

await proveAll(proven)

test('the proofs catch a merge whose flush is left out', async () => {
  const open = openWith(true)
  const proofs = await operationProofs(async () => {
    const world = await open('sqlite')
    return { ...world, kinds: async () => (await world.kinds()).map(withoutFlush) }
  })
  await assert.rejects(async () => proofs['it completes']?.(), /what the disks hold/)
})

const withoutFlush = (kind: AnyKind): AnyKind => ({
  ...kind,
  steps: kind.steps.map(step => (step.name === 'flush' ? { ...step, run: async () => undefined } : step)),
})
