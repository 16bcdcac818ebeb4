import type { Bug } from '../bug.ts'

/** Who works on an operation, and what of it is known after a crash. */
export const operationBugs: readonly Bug[] = [
  {
    name: 'a lease without a fence',
    file: 'operations/journal.ts',
    replace: `    .set(values)
    .where('id', '=', held.operationId)
    .where('fence', '=', held.fence)
`,
    with: `    .set(values)
    .where('id', '=', held.operationId)
`,
    caughtBy: [
      {
        file: 'packages/server/test/operations/fencing.test.ts',
        name: 'every write of a claim that was taken over throws, and changes nothing [sqlite]',
      },
    ],
  },
  {
    name: 'a claim that does not wait for the end of the lease',
    file: 'operations/claims.ts',
    replace: "eb('o.lease_until', '<', now)",
    with: "eb('o.lease_until', '>', 0)",
    caughtBy: [
      {
        file: 'packages/server/test/operations/fencing.test.ts',
        name: 'every write of a claim that was taken over throws, and changes nothing [sqlite]',
      },
    ],
  },
  {
    name: 'two operations of one lane at once',
    file: 'operations/claims.ts',
    replace: '    .where(isFirst)\n',
    with: '',
    caughtBy: [
      { file: 'packages/server/test/operations/fencing.test.ts', name: 'only the first of a lane can be claimed' },
    ],
  },
  {
    name: 'a step is journalled before it is recorded',
    file: 'operations/run.ts',
    replace: `        await step.record?.(trx, after)
        await journal.addEvent(trx, row.id, claim.fence, deps.now(), 'step_done', step.name, given ?? null)
        if (!next) await end(deps, trx, run, 'completed', null, () => kind.completed?.(trx, after))
      })
`,
    with: `        await journal.addEvent(trx, row.id, claim.fence, deps.now(), 'step_done', step.name, given ?? null)
        if (!next) await end(deps, trx, run, 'completed', null, () => kind.completed?.(trx, after))
      })
      await inTransaction(deps.db, async trx => void (await step.record?.(trx, after)))
`,
    caughtBy: [{ file: 'packages/server/test/operations/proofs.test.ts', name: '[sqlite] dig: a crash in the record' }],
  },
  {
    name: 'an undo that does not work is passed over',
    file: 'operations/unwind.ts',
    replace: '      if (++tries >= UNDO_TRIES) {\n',
    with: '      if (++tries >= UNDO_TRIES && index-- > 0) continue\n      if (tries >= UNDO_TRIES) {\n',
    caughtBy: [
      {
        file: 'packages/server/test/operations/steps.test.ts',
        name: 'an undo that does not work is never passed over: the operation waits for it, and says so [sqlite]',
      },
    ],
  },
]
