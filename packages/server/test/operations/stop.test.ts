import assert from 'node:assert/strict'
import { test } from '../support/databases.ts'
import { Hold } from '../support/hold.ts'
import { atStep } from '../support/spots.ts'
import { openToy } from './toy.ts'

test('a stop lets a short step end, and leaves what it cannot finish to the next process', async t => {
  const toy = await openToy(t)
  const hold = new Hold()
  const kind = atStep('build', 'after the effect', () => hold.wait())(toy.kind)
  const engine = toy.engine([kind])
  const id = await toy.request()
  const behind = await toy.request()
  await engine.start()
  await hold.reached
  const stopped = engine.stop(10)
  setTimeout(() => hold.release(new Error('told to stop')), 50)
  await stopped
  const row = await toy.row(id)
  assert.deepEqual([row.status, row.direction, row.step, row.error_code], ['running', 'forward', 'build', null])
  assert.equal((await toy.row(behind)).status, 'queued')
  assert.equal(toy.log.includes(`${id} unbuild`), false)

  const next = toy.engine([toy.kind])
  await next.start()
  assert.equal((await next.waitFor(behind, 20_000))?.status, 'completed')
  assert.equal((await toy.row(id)).status, 'completed')
  assert.equal((await toy.events(id)).filter(event => event === 'step_done dig').length, 1)
  await next.stop()
})

test('background work is told at once, people’s work is given its time', async t => {
  const toy = await openToy(t)
  const [people, background] = [new Hold(), new Hold()]
  const told: string[] = []
  const listening = (hold: Hold, name: string) => ({
    ...toy.kind,
    kind: name,
    background: name === 'background',
    steps: [
      {
        name: 'work',
        weight: 1,
        run: ({ signal }: { signal: AbortSignal }) => {
          void hold.wait()
          return new Promise<undefined>((resolve, reject) => {
            if (name === 'people') void people.wait().then(() => resolve(undefined))
            signal.addEventListener('abort', () => {
              told.push(name)
              reject(new Error('told'))
            })
          })
        },
      },
    ],
  })
  const engine = toy.engine([listening(people, 'people'), listening(background, 'background')])
  const ids = [
    await toy.request({ kind: 'people', lane: 'a' }),
    await toy.request({ kind: 'background', lane: 'b' }),
  ] as const
  await engine.start()
  await Promise.all([people.reached, background.reached])
  const stopped = engine.stop(20_000)
  while (told.length === 0) await new Promise(resolve => setTimeout(resolve, 5))
  people.release()
  await stopped
  assert.deepEqual(told, ['background'])
  assert.deepEqual([(await toy.row(ids[0])).status, (await toy.row(ids[1])).status], ['completed', 'running'])
})

test('after a stop nothing is claimed', async t => {
  const toy = await openToy(t)
  const engine = toy.engine([toy.kind])
  await engine.start()
  await engine.stop()
  const id = await toy.request()
  engine.wake()
  await new Promise(resolve => setTimeout(resolve, 60))
  assert.equal((await toy.row(id)).status, 'queued')
})
