/** Taking a snapshot, restoring one, and undoing that. */
import assert from 'node:assert/strict'
import { inTransaction } from '../../../../../packages/server/src/db/database.ts'
import { readSpace } from '../../../../../packages/server/src/layers/space.ts'
import { requestPower } from '../../../../../packages/server/src/servers/power.ts'
import { requestCreate } from '../../../../../packages/server/src/snapshots/request-create.ts'
import { requestRestore, requestUndo } from '../../../../../packages/server/src/snapshots/request-restore.ts'
import type { SmallHost } from '../../../../../packages/server/test/support/small-host.ts'
import type { Scenario, Story } from '../attempt.ts'
import { complete, contentOf, serverRow, stopped } from './support.ts'

const takes =
  (prepare: (host: SmallHost) => Promise<unknown>) =>
  async (host: SmallHost): Promise<Story> => {
    await prepare(host)
    const { accountId, serverId } = host
    const before = await host.content()
    const { status } = await serverRow(host, serverId)
    const known = (await snapshots(host)).length
    return {
      request: async ({ db, driver }) => {
        const wanted = { accountId, serverId, name: 'taken', description: '', consistency: 'auto' } as const
        const space = await readSpace(db, driver, accountId)
        await inTransaction(db, trx => requestCreate(trx, { ...host.deps, driver }, wanted, space))
      },
      verify: async outcome => {
        assert.deepEqual(await host.content(), before, 'what the guest reads')
        assert.equal((await serverRow(host, serverId)).status, status)
        const all = await snapshots(host)
        if (outcome === 'absent') return assert.equal(all.length, known)
        const taken = all.at(-1)
        assert.equal(taken?.status, outcome)
        if (outcome !== 'completed') return
        assert.deepEqual(await contentOf(host, taken.id), before, 'what the snapshot holds')
      },
    }
  }

function snapshots({ db }: SmallHost) {
  return db.selectFrom('snapshots').select(['id', 'status']).orderBy('id').execute()
}

const restores =
  (prepare: (host: SmallHost) => Promise<unknown>) =>
  async (host: SmallHost): Promise<Story> => {
    await prepare(host)
    const { accountId, serverId, memory } = host
    const [snapshotId] = host.snapshotIds
    const { status } = await serverRow(host, serverId)
    let before = await host.content()
    const wanted = await contentOf(host, snapshotId)
    return {
      request: async ({ db, driver }) => {
        const space = await readSpace(db, driver, accountId)
        const request = { accountId, snapshotId }
        await inTransaction(db, trx => requestRestore(trx, { ...host.deps, driver }, request, space))
      },
      verify: async outcome => {
        const isDone = outcome === 'completed'
        // One that could not be started as it was is stopped, and says so.
        const now = await serverRow(host, serverId)
        if (now.status !== status) assert.ok(!isDone && now.status === 'stopped' && now.status_reason !== null)
        assert.deepEqual(await host.content(), isDone ? wanted : before, 'what the guest reads')
        const undo = await host.db.selectFrom('undo_layers').selectAll().execute()
        const kept = Object.fromEntries(undo.map(({ slot, layer_id }) => [slot, memory.controls.contents(layer_id)]))
        assert.deepEqual(kept, isDone ? before : {}, 'what an undo brings back')
        if (isDone) before = wanted
      },
      again: async ({ db, driver }, _outcome, rest) => {
        await startAsBefore(host, status, rest, driver)
        const space = await readSpace(db, driver, accountId)
        await inTransaction(db, trx => requestRestore(trx, { ...host.deps, driver }, { accountId, snapshotId }, space))
      },
    }
  }

/** Somebody starts it where it was left stopped. */
async function startAsBefore(
  host: SmallHost,
  status: string,
  rest: () => Promise<void>,
  driver: SmallHost['memory']['driver'],
): Promise<void> {
  if ((await serverRow(host, host.serverId)).status === status) return
  const { accountId, serverId, db } = host
  const memory = await driver.memory()
  await inTransaction(db, trx => requestPower(trx, host.deps, 'start', { accountId, serverId }, memory))
  await rest()
}

const undoes = async (host: SmallHost): Promise<Story> => {
  const { accountId, serverId, db } = host
  const original = await host.content()
  const [snapshotId] = host.snapshotIds
  await complete(host, trx => requestRestore(trx, host.deps, { accountId, snapshotId }, host.space))
  const restored = await host.content()
  const { status } = await serverRow(host, serverId)
  // An undo can be undone.
  let [now, other] = [restored, original]
  return {
    request: async ({ db, driver }) => {
      const space = await readSpace(db, driver, accountId)
      await inTransaction(db, trx => requestUndo(trx, { ...host.deps, driver }, { accountId, serverId }, space))
    },
    verify: async outcome => {
      if (outcome === 'completed') [now, other] = [other, now]
      assert.deepEqual(await host.content(), now, 'what the guest reads')
      const undo = await db.selectFrom('undo_layers').selectAll().execute()
      const kept = Object.fromEntries(undo.map(({ slot, layer_id }) => [slot, host.memory.controls.contents(layer_id)]))
      assert.deepEqual(kept, other, 'what an undo brings back')
    },
    again: async ({ db, driver }, _outcome, rest) => {
      await startAsBefore(host, status, rest, driver)
      const space = await readSpace(db, driver, accountId)
      await inTransaction(db, trx => requestUndo(trx, { ...host.deps, driver }, { accountId, serverId }, space))
    },
  }
}

export const snapshotScenarios: readonly Scenario[] = [
  { during: 'snapshot_create, server running', kind: 'snapshot_create', open: takes(async () => {}) },
  { during: 'snapshot_create, server stopped', kind: 'snapshot_create', open: takes(stopped) },
  { during: 'snapshot_restore, server running', kind: 'snapshot_restore', open: restores(async () => {}) },
  { during: 'snapshot_restore, server stopped', kind: 'snapshot_restore', open: restores(stopped) },
  { during: 'server_undo', kind: 'server_undo', open: undoes },
]
