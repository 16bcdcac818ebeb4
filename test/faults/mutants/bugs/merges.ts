import type { Bug } from '../bug.ts'

/** Around the merge of layers: where the field has lost most. */
export const mergeBugs: readonly Bug[] = [
  {
    name: 'no flush before the finalize',
    file: 'layers/merge.ts',
    replace: 'await giveWay(async () => driver.flushMerge(await jobOf(db, context)))',
    with: 'await giveWay(async () => void (await jobOf(db, context)))',
    caughtBy: [{ file: 'packages/server/test/layers/merge.proofs.test.ts', name: '[sqlite] it completes' }],
  },
  {
    name: 'a flush that nobody proves, and that does not happen',
    file: 'drivers/qemu/merge.ts',
    replace: `  await deps.host.sync(deps.paths.layer(job.child))
  const flushed = await session`,
    with: `  if (session) return
  const flushed = await session`,
    caughtBy: [
      {
        file: 'test/system/merge-crash.test.ts',
        name: 'QEMU and the service are killed right after a merge into the active layer',
      },
    ],
  },
  {
    name: 'unlinked before the pivot is recorded',
    file: 'layers/merge.ts',
    replace: 'if (!pivoted) {\n',
    with: 'if (pivoted) await driver.discardLayer(await readLayer(db, context.input.garbage))\n          if (!pivoted) {\n',
    caughtBy: [{ file: 'packages/server/test/layers/merge-and-start.test.ts', name: '[sqlite]' }],
  },
  {
    name: 'a header is taken as proof of a merge',
    file: 'drivers/qemu/merge.ts',
    replace: "export { cancelMerge, copyMerge } from './merge-copy.ts'\n",
    with: `import { copyMerge as copyAlways } from './merge-copy.ts'
export { cancelMerge } from './merge-copy.ts'
export const copyMerge: typeof copyAlways = async (deps, job, onProgress, signal) => {
  if (liveSession(deps, job) || !(await isPivotedOnDisk(deps, job))) await copyAlways(deps, job, onProgress, signal)
}
`,
    and: [
      {
        replace: "  if (!session) throw new MergeYielded('the machine ended')\n",
        with: "  if (!session && (await isPivotedOnDisk(deps, job))) return\n  if (!session) throw new MergeYielded('gone')\n",
      },
    ],
    caughtBy: [{ file: 'packages/server/test/drivers/qemu/merge-headers.test.ts' }],
  },
  {
    name: 'a merge does not give way to a start',
    file: 'layers/merge.ts',
    replace: '  deferIfAny(await usersSince(trx, operation.id, [garbage, child]))\n',
    with: '',
    caughtBy: [{ file: 'packages/server/test/layers/merge-and-start.test.ts', name: '[sqlite]' }],
  },
  {
    name: 'a start does not lease the chain that it opens',
    file: 'servers/power.ts',
    replace: '          for (const disk of await readDisks(trx, operation.serverId as number)) {',
    with: '          for (const disk of (await readDisks(trx, operation.serverId as number)).slice(0, 0)) {',
    caughtBy: [{ file: 'packages/server/test/layers/merge-and-start.test.ts', name: '[sqlite]' }],
  },
  {
    name: 'a merge that may have pivoted gives its layers up',
    file: 'layers/store.ts',
    replace:
      "        eb.exists(withStepDone(trx, MERGE_MAY_PIVOT).where('operation_id', '=', sql.ref<number>('operations.id'))),\n",
    with: '',
    caughtBy: [
      {
        file: 'packages/server/test/layers/merge-not-recorded.test.ts',
        name: 'what its child may stand on is not merged away before [sqlite]',
      },
    ],
  },
  {
    name: 'a merge does not give way to a cut',
    file: 'drivers/qemu/cut.ts',
    replace: '    for (const { from } of disks) await session.cancelMergesInto(from.id)\n',
    with: '',
    caughtBy: [
      { file: 'packages/server/test/drivers/qemu/contract.test.ts', name: 'a cut of the layer that is merged into' },
    ],
  },
]
