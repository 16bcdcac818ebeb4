/**
 * Liveness, judged when the faults have stopped: within 60 s of the service's own clock every request is answered and
 * every operation has ended; then garbage comes to rest. And what can only be told exactly when nothing is under way.
 */
import { planGarbage } from '../../../packages/server/src/domain/layers.ts'
import { loadGraph, loadRoots } from '../../../packages/server/src/layers/store.ts'
import { verifyChains } from '../../../packages/server/src/layers/verify.ts'
import { mend } from './actions.ts'
import { startedOf } from './judge.ts'
import { type Reply, SNAPSHOT_LIMIT } from './life.ts'
import { must } from './model.ts'
import { isUnended } from './picture.ts'
import { repeat, send } from './send.ts'
import { checkAllAnswers, isAccepted, operationIdOf } from './wishes.ts'
import type { World } from './world.ts'

const OPERATIONS_MS = 60_000
/** Merges wait for one another, each a while. */
const GARBAGE_MS = 10 * 60_000
const STEP_MS = 1000
const DAY_MS = 25 * 3600_000

/** The faults stop. */
export async function comeToRest(world: World): Promise<void> {
  mend(world)
  await world.boot()
  // What was armed in a service that has died since is in the next one no more, but the world's faults are.
  mend(world)
  const since = world.now()
  const left = () => world.picture.operations.filter(row => row.kind !== 'merge' && isUnended(row))
  for (;;) {
    await world.judge()
    if (left().length === 0 && world.inFlight === 0) break
    must(
      world.now() - since < OPERATIONS_MS,
      () =>
        `60 s after the last fault: ${world.inFlight} requests without an answer, operations ${JSON.stringify(left())}`,
    )
    await world.pass(STEP_MS)
  }
  await world.pass(STEP_MS)
  await world.judge()
  checkAllAnswers(world.model)
}

/** Whatever can be asked when nothing is under way is answered as the model says. */
export async function examine(world: World): Promise<void> {
  const { model, controls } = world
  await lookAtMachines(world)
  for (const account of [0, 1]) {
    await examineList(
      world,
      account,
      'servers/',
      model.live(account).map(({ id }) => id),
    )
    await examineList(world, account, 'snapshots/', visible(world, account))
  }
  for (const server of model.live()) {
    const { body } = await settled(world, world.ask(server.account, 'GET', `servers/${server.id}/`))
    const machine = startedOf(controls, server.id)
    const { state } = await world.memory.driver.inspect(server.id)
    const status = { running: 'active', paused: 'suspended', absent: 'stopped' }[state]
    const isMade = server.generation !== null
    must(!isMade || body.status === status, () => `server ${server.id} is shown as ${body.status} and is ${status}`)
    must(isMade || body.status === 'failed', () => `server ${server.id}, never made, is shown as ${body.status}`)
    must(!machine || !controls.isFrozen(server.id), () => `the guest of server ${server.id} is frozen`)
    const canUndo = server.undo !== null && server.undo.until > world.now()
    must(body.undo.available === canUndo, () => `server ${server.id} says of its undo: ${body.undo.available}`)
    if (isMade) await verifyChains(world.store.db, world.memory.driver, server.id)
  }
  await repeatAll(world)
  await fillUp(world)
}

/** As the service does every 30 s. */
async function lookAtMachines(world: World): Promise<void> {
  await world.pass(31_000)
  await world.judge()
}

async function examineList(world: World, account: number, path: string, expected: readonly number[]): Promise<void> {
  const { body } = await settled(world, world.ask(account, 'GET', path))
  const shown = (body.results as { id: number }[]).map(({ id }) => id).sort((a, b) => a - b)
  const wanted = [...expected].sort((a, b) => a - b)
  must(String(shown) === String(wanted), () => `account ${account} is shown ${path} ${shown}; it has ${wanted}`)
}

/** Failed ones can be seen for a day. */
function visible({ picture, accounts, now }: World, account: number): number[] {
  return picture.snapshots
    .filter(row => row.account_id === accounts[account]?.id && row.deleted_at === null)
    .filter(row => row.status !== 'failed' || row.ended_at === null || row.ended_at > now() - 24 * 3600_000)
    .map(({ id }) => id)
}

/** Every key once more: the same answer, and nothing happens. */
async function repeatAll(world: World): Promise<void> {
  const { model } = world
  const asked = () => world.picture.operations.filter(row => row.kind !== 'merge').length
  const before = asked()
  for (const wish of model.wishes) {
    const first = wish.tries.map(({ answer }) => answer).find(isAccepted)
    if (!first || wish.key === null || wish.jumps !== model.jumps) continue
    const again = await settled(world, repeat(world, wish))
    const isSame = again.status === first.status && operationIdOf(again) === operationIdOf(first)
    must(isSame, () => `wish ${wish.n} was answered with ${first.status}, and at rest with ${again.status}`)
  }
  await world.judge()
  must(asked() === before, () => `keys that were sent again had ${asked() - before} effects`)
}

/** Exactly as many snapshots as the limit has room for: what failed has given its place back. */
async function fillUp(world: World): Promise<void> {
  for (const server of world.model.live()) {
    if (server.generation === null) continue
    const own = world.picture.snapshots.filter(row => row.server_id === server.id && row.deleted_at === null)
    const room = SNAPSHOT_LIMIT - own.filter(row => row.status !== 'failed').length
    for (let n = 0; n <= room; n++) {
      const body = { server_id: server.id, name: world.newName('last') }
      const mark = `snapshot_create ${server.id} ${body.name}`
      const common = { account: server.account, serverId: server.id, body, mark }
      const { status } = await settled(world, send(world, 'create', { ...common, method: 'POST', path: 'snapshots/' }))
      const wanted = n < room ? 201 : 400
      must(
        status === wanted,
        () => `server ${server.id} has room for ${room}; number ${n + 1} was answered with ${status}`,
      )
    }
  }
  await comeToRest(world)
}

/** The answer, while time passes. */
async function settled(world: World, asked: Promise<Reply | 'lost'>): Promise<Reply> {
  let answer: Reply | 'lost' | undefined
  void asked.then(came => (answer = came))
  for (let tries = 0; answer === undefined && tries < 100; tries++) await world.pass(tries < 3 ? 1 : 100)
  must(answer !== undefined && answer !== 'lost', () => 'a request at rest was not answered')
  return answer as unknown as Reply
}

/** Every server stopped, every snapshot deleted but one, all undo points expired: no layer stays that nobody needs. */
export async function clear(world: World, kept: number): Promise<void> {
  const { model, controls } = world
  const all = model.kept()
  for (const snapshot of all) {
    if (snapshot === all[kept % all.length]) continue
    snapshot.deletion = 'asked'
    const { id, account, serverId } = snapshot
    const about = { account, serverId, snapshotId: id, mark: null }
    await settled(world, send(world, 'delete', { ...about, method: 'DELETE', path: `snapshots/${id}/` }))
  }
  for (const { id, account } of model.live()) {
    if (!startedOf(controls, id)) continue
    const path = `servers/${id}/stop/`
    const about = { account, serverId: id, mark: `server_stop ${id}` }
    await settled(world, send(world, 'stop', { ...about, method: 'POST', path }))
  }
  model.jumps++
  world.time.jump(DAY_MS)
  await comeToRest(world)
  const since = world.now()
  const merges = () => world.picture.operations.filter(row => row.kind === 'merge' && isUnended(row))
  const rubbish = () => world.picture.layers.filter(({ state }) => state !== 'live')
  for (let still = 0; still < 3; ) {
    await world.pass(10_000)
    await world.judge()
    const isStill = merges().length + rubbish().length === 0
    still = isStill ? still + 1 : 0
    must(world.now() - since < GARBAGE_MS, () => `garbage stays: ${JSON.stringify([merges(), rubbish()])}`)
  }
  const rows = world.picture.layers.map(({ id }) => id)
  const files = controls.layerIds().sort((a, b) => a - b)
  must(String(files) === String(rows), () => `files ${files}, rows ${rows}`)
  await nothingToCollect(world)
}

async function nothingToCollect(world: World): Promise<void> {
  const { db } = world.store
  const plan = planGarbage(await loadGraph(db), await loadRoots(db))
  must(plan.unlink.length + plan.merge.length === 0, () => `garbage stays: ${JSON.stringify(plan)}`)
  for (const [id, why] of plan.waiting) must(/layers stand on it/.test(why), () => `layer ${id} waits: ${why}`)
}
