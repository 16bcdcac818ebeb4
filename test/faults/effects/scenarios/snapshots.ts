/** Taking a snapshot, restoring one, and undoing that. */
import assert from 'node:assert/strict'
import { inTransaction } from '../../../../packages/server/src/db/database.ts'
import { readSpace } from '../../../../packages/server/src/layers/space.ts'
import { requestPower } from '../../../../packages/server/src/servers/power.ts'
import { requestCreate } from '../../../../packages/server/src/snapshots/request-create.ts'
import { requestRestore, requestUndo } from '../../../../packages/server/src/snapshots/request-restore.ts'
import type { Scenario, Story } from '../attempt.ts'
import type { Hands, World } from '../world.ts'
import { complete, headsOf, serverRow, snapshotOf, stopped, undoOf } from './support.ts'

const takes = async (world: World): Promise<Story> => {
  const { accountId, serverId } = world
  const before = await headsOf(world)
  const { status } = await serverRow(world, serverId)
  const known = (await snapshots(world)).length
  return {
    request: async ({ db, driver }) => {
      const wanted = { accountId, serverId, name: 'taken', description: '', consistency: 'auto' } as const
      const space = await readSpace(db, driver, accountId)
      await inTransaction(db, trx => requestCreate(trx, { ...world.deps, driver }, wanted, space))
    },
    verify: async outcome => {
      assert.deepEqual(await headsOf(world), before, 'what the guest reads')
      assert.equal((await serverRow(world, serverId)).status, status)
      const all = await snapshots(world)
      if (outcome === 'absent') return assert.equal(all.length, known)
      const taken = all.at(-1)
      assert.equal(taken?.status, outcome)
      if (outcome !== 'completed') return
      assert.deepEqual(await snapshotOf(world, taken.id), before, 'what the snapshot holds')
    },
  }
}

function snapshots({ db }: World) {
  return db.selectFrom('snapshots').select(['id', 'status']).orderBy('id').execute()
}

const restores = async (world: World): Promise<Story> => {
  const { accountId, serverId } = world
  const [snapshotId] = world.snapshotIds
  const { status } = await serverRow(world, serverId)
  let before = await headsOf(world)
  const wanted = await snapshotOf(world, snapshotId)
  const request = async ({ db, driver }: Hands) => {
    const space = await readSpace(db, driver, accountId)
    await inTransaction(db, trx => requestRestore(trx, { ...world.deps, driver }, { accountId, snapshotId }, space))
  }
  return {
    request,
    verify: async outcome => {
      const isDone = outcome === 'completed'
      // One that could not be started as it was is stopped, and says so.
      const now = await serverRow(world, serverId)
      if (now.status !== status) assert.ok(!isDone && now.status === 'stopped' && now.status_reason !== null)
      assert.deepEqual(await headsOf(world), isDone ? wanted : before, 'what the guest reads')
      assert.deepEqual(await undoOf(world), isDone ? before : {}, 'what an undo brings back')
      if (isDone) before = wanted
    },
    again: async (hands, _outcome, rest) => {
      await startAsBefore(world, status, rest, hands)
      await request(hands)
    },
  }
}

/** Somebody starts it where it was left stopped. */
async function startAsBefore(
  world: World,
  status: string,
  rest: () => Promise<void>,
  { db, driver }: Hands,
): Promise<void> {
  const { accountId, serverId, deps } = world
  if ((await serverRow(world, serverId)).status === status) return
  const memory = await driver.memory()
  await inTransaction(db, trx => requestPower(trx, deps, 'start', { accountId, serverId }, memory))
  await rest()
}

/** Back to the oldest one. */
async function restored(world: World): Promise<void> {
  const { accountId, deps, space } = world
  const [snapshotId] = world.snapshotIds
  await complete(world, (trx, driver) => requestRestore(trx, { ...deps, driver }, { accountId, snapshotId }, space))
}

const undoes = async (world: World): Promise<Story> => {
  const { accountId, serverId } = world
  const { status } = await serverRow(world, serverId)
  // An undo can be undone.
  let [now, other] = [await headsOf(world), await undoOf(world)]
  assert.notDeepEqual(now, other)
  const request = async ({ db, driver }: Hands) => {
    const space = await readSpace(db, driver, accountId)
    await inTransaction(db, trx => requestUndo(trx, { ...world.deps, driver }, { accountId, serverId }, space))
  }
  return {
    request,
    verify: async outcome => {
      if (outcome === 'completed') [now, other] = [other, now]
      assert.deepEqual(await headsOf(world), now, 'what the guest reads')
      assert.deepEqual(await undoOf(world), other, 'what an undo brings back')
    },
    again: async (hands, _outcome, rest) => {
      await startAsBefore(world, status, rest, hands)
      await request(hands)
    },
  }
}

export const snapshotScenarios: readonly Scenario[] = [
  { during: 'snapshot_create, server running', kind: 'snapshot_create', open: takes },
  { during: 'snapshot_create, server stopped', kind: 'snapshot_create', prepare: stopped, open: takes },
  { during: 'snapshot_restore, server running', kind: 'snapshot_restore', open: restores },
  { during: 'snapshot_restore, server stopped', kind: 'snapshot_restore', prepare: stopped, open: restores },
  { during: 'server_undo', kind: 'server_undo', prepare: restored, open: undoes },
]
