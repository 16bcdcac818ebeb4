import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operationProofs, proveAll } from '../support/operation-proofs.ts'
import { deepen, openWith, proven } from './clone.proven.ts'

await proveAll(proven)

test('the proofs catch a clone whose source is not leased', async () => {
  const open = openWith(deepen, ({ db }, operationId) =>
    db.deleteFrom('layer_leases').where('operation_id', '=', operationId).execute(),
  )
  const proofs = await operationProofs(() => open('sqlite'))
  await assert.rejects(async () => proofs['it completes']?.(), /failed/)
})
