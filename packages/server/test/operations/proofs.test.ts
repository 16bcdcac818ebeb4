import assert from 'node:assert/strict'
import { type OpenWorld, proveOperation } from '../support/operation-proofs.ts'
import { openLooseToy, steps } from './toy.ts'

const open: OpenWorld = async database => {
  const toy = await openLooseToy(database)
  let id = 0
  return {
    db: toy.db,
    kind: 'toy',
    kinds: () => [toy.kind],
    request: async () => (id = await toy.request()),
    verify: async outcome => {
      const expected = outcome === 'completed' ? steps.map(step => `${id}:${step}`) : []
      assert.deepEqual([...toy.things], expected)
      assert.deepEqual(await toy.recorded(), expected)
    },
    close: toy.close,
  }
}

await proveOperation('a toy', open)
