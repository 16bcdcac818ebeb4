import type { Bug } from '../bug.ts'

/** What a snapshot says before it is true. */
export const snapshotBugs: readonly Bug[] = [
  {
    name: 'the row before the bytes',
    file: 'snapshots/create.ts',
    replace: '        async record(trx, { input, output }) {\n',
    with: `        async record(trx, { operation, input, output }) {
          const id = operation.snapshotId as number
          await trx.updateTable('snapshots').set({ status: 'completed' }).where('id', '=', id).execute()
`,
    caughtBy: [{ file: 'packages/server/test/snapshots/published-last.test.ts', name: '[sqlite]' }],
  },
  {
    name: 'completed before its sizes are measured',
    file: 'snapshots/create.ts',
    replace: `async function recordCut(trx: Trx, { operation, input, output }: Context): Promise<void> {
`,
    with: `async function recordCut(trx: Trx, { operation, input, output }: Context): Promise<void> {
  const made = operation.snapshotId as number
  await trx.updateTable('snapshots').set({ status: 'completed', size_mb: 0 }).where('id', '=', made).execute()
`,
    caughtBy: [{ file: 'packages/server/test/snapshots/published-last.test.ts', name: '[sqlite]' }],
  },
  {
    name: 'thawed only when the cut succeeded',
    file: 'drivers/qemu/cut.ts',
    replace: '  const thaw = await keeper.thaw(agentSocket)',
    with: '  if (failed) throw failed.error\n  const thaw = await keeper.thaw(agentSocket)',
    caughtBy: [{ file: 'packages/server/test/drivers/qemu/cut-fails.test.ts' }],
  },
  {
    name: 'a freeze that got no answer is not thawed',
    file: 'drivers/qemu/keeper/session.ts',
    replace: '      this.#stuck = error instanceof Timeout\n      void this.#undo(false)\n',
    with: '      this.#stuck = error instanceof Timeout\n      this.#end()\n',
    caughtBy: [
      {
        file: 'packages/server/test/drivers/qemu/keeper/faults.test.ts',
        name: 'the agent falls asleep over the freeze: told at once',
      },
    ],
  },
  {
    name: 'fsfreeze-status is believed instead of the count of the thaw',
    file: 'drivers/qemu/keeper/session.ts',
    replace: '    const thawed = await thawUntilDone(this.#link, this.#limits, {',
    with: `    const status = await this.#link
      .open(this.#limits.syncMs)
      .then(agent => agent.execute('guest-fsfreeze-status', undefined, { timeoutMs: 1000 }))
      .catch(() => null)
    if (status === 'frozen') {
      await thawUntilDone(this.#link, this.#limits, { refusalMs: 0, silenceMs: 0, onStuck: () => {} })
      void this.#disarm().finally(this.#end)
      return { frozen: this.#frozen, thawed: this.#frozen, frozenMs: performance.now() - this.#sentAt, byDeadline }
    }
    const thawed = await thawUntilDone(this.#link, this.#limits, {`,
    caughtBy: [
      {
        file: 'packages/server/test/drivers/qemu/keeper/freeze.test.ts',
        name: 'a thaw by somebody else shows in the counts',
      },
    ],
  },
]
