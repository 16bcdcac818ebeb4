/**
 * Proofs that hold for every kind of operation, whatever it does: each step repeated, failed or cut off by a crash at
 * every point must end in one of two worlds: all of it happened, or nothing is left of it.
 *
 * A crash: the process does nothing from that point on, neither forward nor back; another engine, on the same database
 * and the same world, takes over. What the dead one still tries when it is woken up later is part of the proof: it
 * must be refused.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Db } from '../../src/db/database.ts'
import type { OperationStatus } from '../../src/db/schema.ts'
import { Failure } from '../../src/errors.ts'
import { type DatabaseKind, databases, unlessThere } from './databases.ts'
import { type AnyKind, makeEngine } from './engine.ts'
import { Hold } from './hold.ts'
import { whileTransactionsRepeat } from './repeating.ts'
import { atStep, everyStep, runSpots, type Spot, undoSpots } from './spots.ts'

export interface ProofWorld {
  readonly db: Db
  /** The kinds as a fresh process would make them; called once for each process. */
  kinds(): Promise<readonly AnyKind[]> | readonly AnyKind[]
  /** Which of them is proven. */
  readonly kind: string
  /** Makes one operation of that kind; its id. */
  request(): Promise<number>
  /** Throws unless the world is as it must be after this outcome. `step`: where it failed; null if it did not. */
  verify(outcome: OperationStatus, step: string | null): Promise<void>
  close(): Promise<void>
  /** After which an operation is taken for one that never ends, ms; default: 20,000. */
  readonly patienceMs?: number
}

export type OpenWorld = (database: DatabaseKind) => Promise<ProofWorld>
type Open = () => Promise<ProofWorld>

/** A kind of operation in a world of its own. */
export interface Proven {
  readonly name: string
  readonly open: OpenWorld
  /** Where `npm test` proves it; default: on every database. */
  readonly on?: readonly DatabaseKind[]
}

/** Registers the proofs with node:test. */
export async function proveAll(proven: readonly Proven[]): Promise<void> {
  for (const { name, open, on } of proven) await proveOperation(name, open, on)
}

/** The same, of one. */
export async function proveOperation(
  name: string,
  open: OpenWorld,
  on: readonly DatabaseKind[] = databases,
): Promise<void> {
  for (const database of on) {
    const { skip } = unlessThere(database)
    if (skip) {
      test(`operation proofs: ${name} [${database}]`, { skip })
      continue
    }
    const proofs = await proofsOn(database, open)
    describe(`operation proofs: ${name} [${database}]`, () => {
      for (const [what, prove] of Object.entries(proofs)) test(what, { timeout: 60_000 }, prove)
    })
  }
}

/** All that is proven of it on this database → the proof. */
export async function proofsOn(database: DatabaseKind, open: OpenWorld): Promise<Record<string, () => Promise<void>>> {
  const proofs = await operationProofs(() => open(database))
  if (database === 'postgres') Object.assign(proofs, await serverProofs(() => open(database)))
  return proofs
}

/** What is proven → the proof, each on a world of its own. */
export async function operationProofs(open: Open): Promise<Record<string, () => Promise<void>>> {
  const sample = await open()
  const steps = (await find(sample)).steps
  await sample.close()
  const proofs: Record<string, () => Promise<void>> = {
    'it completes': () => inWorld(open, world => expect(world, same, 'completed', null)),
    'every step runs twice': () => inWorld(open, world => expect(world, everyStep.runsTwice, 'completed', null)),
    'every step loses its reply once': () =>
      inWorld(open, world => expect(world, everyStep.losesItsReplyOnce(), 'completed', null)),
  }
  for (const { name } of steps) {
    for (const spot of runSpots) {
      proofs[`${name}: a crash ${spot}`] = () => inWorld(open, world => crash(world, name, spot, 'completed'))
      proofs[`${name}: a failure ${spot} unwinds`] = () =>
        inWorld(open, world => expect(world, fails(name, spot), 'failed', name))
      proofs[`${name}: an unknown outcome ${spot}, for ever, unwinds`] = () =>
        inWorld(open, world => expect(world, atStep(name, spot, throwing(new Error('no reply'))), 'failed', name))
    }
    proofs[`${name}: after its failure every undo runs twice`] = () =>
      inWorld(open, world =>
        expect(world, kind => everyStep.undoneTwice(fails(name, 'after the effect')(kind)), 'failed', name),
      )
    proofs[`${name}: after its failure every undo fails once`] = () =>
      inWorld(open, world =>
        expect(world, kind => everyStep.undoFailsOnce()(fails(name, 'after the effect')(kind)), 'failed', name),
      )
  }
  const last = steps.at(-1)?.name
  assert.ok(last !== undefined)
  for (const { name } of steps.filter(step => step.undo || step.unrecord)) {
    for (const spot of undoSpots) {
      proofs[`${name}: a crash ${spot} while it unwinds`] = () =>
        inWorld(open, world => crash(world, name, spot, 'failed', fails(last, 'after the effect'), last))
    }
  }
  return proofs
}

/** What can come between a service and a database that is a server of its own. */
async function serverProofs(open: Open): Promise<Record<string, () => Promise<void>>> {
  const sample = await open()
  const last = (await find(sample)).steps.at(-1)?.name
  await sample.close()
  assert.ok(last !== undefined)
  const forth = (change: (db: Db) => Change) => (world: ProofWorld) =>
    expect(world, change(world.db), 'completed', null)
  const back = (change: (db: Db) => Change) => (world: ProofWorld) =>
    expect(world, kind => change(world.db)(fails(last, 'after the effect')(kind)), 'failed', last)
  const proofs: Record<string, () => Promise<void>> = {
    'every transaction runs twice': () =>
      whileTransactionsRepeat(() =>
        inWorld(
          open,
          forth(() => same),
        ),
      ),
    'every transaction runs twice on the way back': () =>
      whileTransactionsRepeat(() =>
        inWorld(
          open,
          back(() => same),
        ),
      ),
  }
  for (const spot of runSpots) {
    proofs[`the database restarts ${spot} of each step`] = () =>
      inWorld(
        open,
        forth(db => everyStep.losesTheDatabase(spot, db)),
      )
  }
  for (const spot of undoSpots) {
    proofs[`the database restarts ${spot} of each step`] = () =>
      inWorld(
        open,
        back(db => everyStep.losesTheDatabase(spot, db)),
      )
  }
  return proofs
}

async function inWorld(open: Open, prove: (world: ProofWorld) => Promise<void>): Promise<void> {
  const world = await open()
  try {
    await prove(world)
  } finally {
    await world.close()
  }
}

type Change = (kind: AnyKind) => AnyKind
const same: Change = kind => kind

const fails = (step: string, spot: Spot): Change =>
  atStep(step, spot, throwing(new Failure('machine_failed', `failed ${spot}`)))

function throwing(error: Error): () => Promise<never> {
  return () => Promise.reject(error)
}

/** One process does it all. */
async function expect(
  world: ProofWorld,
  change: Change,
  outcome: OperationStatus,
  failedAt: string | null,
): Promise<void> {
  const engine = makeEngine(await changed(world, change), { db: world.db })
  const id = await world.request()
  await engine.start()
  try {
    await verifyEnd(world, engine, id, outcome, failedAt)
  } finally {
    await engine.stop()
  }
}

/** One process dies at the spot, another one finishes; then the dead one wakes up. */
async function crash(
  world: ProofWorld,
  step: string,
  spot: Spot,
  outcome: OperationStatus,
  also: Change = same,
  failedAt: string | null = null,
): Promise<void> {
  const hold = new Hold()
  const dead = makeEngine(await changed(world, kind => atStep(step, spot, () => hold.wait())(also(kind))), {
    db: world.db,
  })
  const id = await world.request()
  await dead.start()
  await hold.reached
  const stopped = dead.stop(0)
  const engine = makeEngine(await changed(world, also), { db: world.db })
  await engine.start()
  try {
    await verifyEnd(world, engine, id, outcome, failedAt)
    const before = await journalOf(world.db, id)
    hold.release(new Error('woken up'))
    await stopped
    assert.deepEqual(await journalOf(world.db, id), before, 'a process that lost its claim has written')
    await world.verify(outcome, failedAt)
  } finally {
    hold.release(new Error('over'))
    await stopped
    await engine.stop()
  }
}

async function verifyEnd(
  world: ProofWorld,
  engine: ReturnType<typeof makeEngine>,
  id: number,
  outcome: OperationStatus,
  failedAt: string | null,
): Promise<void> {
  const row = await engine.waitFor(id, world.patienceMs ?? 20_000)
  // It is no part of what is looked at now, and must not take up what the looking starts.
  await engine.stop()
  assert.equal(row?.status, outcome, `step ${row?.step}: ${row?.error_detail ?? 'no error'}`)
  assert.deepEqual([row.lease_owner, row.step, row.progress === 1], [null, null, outcome === 'completed'])
  const { events } = await journalOf(world.db, id)
  assert.equal(events.filter(({ event }) => event === 'ended').length, 1)
  // One that gave way may begin again.
  const lastWait = events.findLastIndex(({ event }) => event === 'waiting')
  const done = events
    .slice(lastWait + 1)
    .filter(({ event }) => event === 'step_done')
    .map(event => event.step)
  assert.equal(new Set(done).size, done.length, `a step was recorded twice: ${done}`)
  await world.verify(outcome, failedAt)
}

async function journalOf(db: Db, id: number) {
  const row = await db.selectFrom('operations').selectAll().where('id', '=', id).executeTakeFirst()
  const events = await db
    .selectFrom('operation_events')
    .selectAll()
    .where('operation_id', '=', id)
    .orderBy('id')
    .execute()
  return { row, events }
}

async function changed(world: ProofWorld, change: Change): Promise<AnyKind[]> {
  return (await world.kinds()).map(kind => (kind.kind === world.kind ? change(kind) : kind))
}

async function find(world: ProofWorld): Promise<AnyKind> {
  const kind = (await world.kinds()).find(one => one.kind === world.kind)
  assert.ok(kind)
  return kind
}
