/** Two processes, each with an engine, on one database file. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext } from 'node:test'
import { test } from '../support/databases.ts'
import { openToy, type Toy } from './toy.ts'

interface Worker {
  readonly process: ChildProcess
  /** The next line that it says. */
  says(): Promise<string>
  goOn(): void
}

function startWorker(t: TestContext, toy: Toy, leaseMs: number): Worker {
  const script = path.join(import.meta.dirname, 'worker.ts')
  const child = spawn(process.execPath, [script, toy.address, logOf(toy), String(leaseMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    process: child,
    says: async () => String((await lines.next()).value),
    goOn: () => void child.stdin.write('\n'),
  }
}

const logOf = (toy: Toy) => path.join(toy.folder, 'log')
const logged = (toy: Toy) =>
  readFileSync(logOf(toy), 'utf8')
    .trim()
    .split('\n')
    .map(line => line.split(' '))

async function untilEnded(toy: Toy, ids: readonly number[]): Promise<void> {
  for (const id of ids)
    while ((await toy.row(id)).ended_at === null) await new Promise(resolve => setTimeout(resolve, 5))
}

test('in a lane one at a time, in order, whichever of two processes takes it', async t => {
  const toy = await openToy(t)
  const workers = [startWorker(t, toy, 60_000), startWorker(t, toy, 60_000)]
  for (const worker of workers) assert.equal(await worker.says(), 'ready')
  const lanes: Record<string, number[]> = { a: [], b: [], c: [] }
  for (let n = 0; n < 45; n++) {
    const lane = 'abc'[n % 3] as string
    lanes[lane]?.push(await toy.request({ kind: 'shared', lane }))
  }
  const all = Object.values(lanes).flat()
  await untilEnded(toy, all)
  for (const ids of Object.values(lanes)) {
    const ofLane = logged(toy).filter(([, id]) => ids.includes(Number(id)))
    assert.deepEqual(
      ofLane.map(([what, id]) => `${what} ${id}`),
      ids.flatMap(id => [`start ${id}`, `end ${id}`]),
    )
  }
  assert.equal((await toy.recorded()).length, all.length)
})

test('a process that was taken for dead wakes up: what it writes is refused', async t => {
  const toy = await openToy(t)
  const id = await toy.request({ kind: 'shared', input: { hold: true } })
  const zombie = startWorker(t, toy, 60_000)
  assert.deepEqual(new Set([await zombie.says(), await zombie.says()]), new Set(['ready', `held ${id}`]))
  const successor = startWorker(t, toy, 60_000)
  assert.deepEqual(new Set([await successor.says(), await successor.says()]), new Set(['ready', `held ${id}`]))
  zombie.goOn()
  while (logged(toy).length < 3) await new Promise(resolve => setTimeout(resolve, 5))
  // It has done its work and now tries to record it; another of its operations shows that it is past that.
  const after = await toy.request({ kind: 'shared', lane: 'other' })
  await untilEnded(toy, [after])
  assert.equal((await toy.row(id)).status, 'running')
  assert.deepEqual(await toy.recorded(), [`${after}`])
  successor.goOn()
  await untilEnded(toy, [id])
  const row = await toy.db.selectFrom('tokens').select('created_at').where('name', '=', `${id}`).executeTakeFirst()
  assert.equal(row?.created_at, successor.process.pid)
  assert.deepEqual(await toy.events(id), ['claimed', 'claimed work', 'step_done work', 'ended'])
})

test('what a killed process was at is taken up when its lease has run out', async t => {
  const toy = await openToy(t)
  const workers = [startWorker(t, toy, 500), startWorker(t, toy, 500)]
  for (const worker of workers) assert.equal(await worker.says(), 'ready')
  const id = await toy.request({ kind: 'shared', input: { hold: true } })
  const held = workers.map(worker => worker.says().then(() => worker))
  const first = await Promise.race(held)
  first.process.kill('SIGKILL')
  const second = await (held[workers.indexOf(first) === 0 ? 1 : 0] as Promise<Worker>)
  second.goOn()
  await untilEnded(toy, [id])
  const { status, attempts, fence } = await toy.row(id)
  assert.deepEqual([status, attempts, fence], ['completed', 2, 2])
  assert.deepEqual(await toy.recorded(), [`${id}`])
})
