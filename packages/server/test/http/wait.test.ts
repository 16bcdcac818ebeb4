import assert from 'node:assert/strict'
import { test as plain } from 'node:test'
import { preferredWait, Waiter } from '../../src/http/wait.ts'
import { test } from '../support/databases.ts'
import { openWorld } from './harness.ts'

const cases: [string | string[] | undefined, number | undefined][] = [
  ['wait=10', 10],
  ['Wait = 10', 10],
  ['wait="7"', 7],
  ['respond-async, wait=5; foo=bar', 5],
  [['respond-async', 'wait=5'], 5],
  ['wait=3, wait=9', 3],
  ['wait=0', 0],
  ['wait=61', 60],
  ['wait=999999999', 60],
  ['wait=-1', undefined],
  ['wait=1.5', undefined],
  ['wait', undefined],
  ['await=5', undefined],
  ['', undefined],
  [undefined, undefined],
]

for (const [header, seconds] of cases) {
  plain(`${JSON.stringify(header)} asks for ${seconds}`, () => assert.equal(preferredWait(header), seconds))
}

plain('a wait ends when the service goes down', async () => {
  const waiter = new Waiter({ waitFor: () => new Promise(() => {}) })
  const waiting = waiter.wait(1, 60)
  waiter.close()
  await waiting
  await waiter.wait(2, 60)
})

test('with a wait the reply tells the end, with the same keys and status; without, the beginning', async t => {
  const world = await openWorld(t)
  const plain = await world.create('plain')
  assert.deepEqual([plain.status, plain.body.status, plain.body.size_mb], [201, 'in_progress', null])
  assert.equal(plain.headers['preference-applied'], undefined)
  const waited = await world.create('waited', { headers: { prefer: 'wait=30' } })
  assert.deepEqual([waited.status, waited.body.status, waited.body.size_mb], [201, 'completed', 1])
  assert.equal(waited.headers['preference-applied'], 'wait=30')
  assert.deepEqual(Object.keys(waited.body), Object.keys(plain.body))
  assert.notEqual(waited.body.message, plain.body.message)
})

test('a wait that is over before the operation tells how it stands', async t => {
  const world = await openWorld(t, { engine: false })
  const { status, body, headers } = await world.create('slow', { headers: { prefer: 'wait=0' } })
  assert.deepEqual([status, body.status, headers['preference-applied']], [201, 'in_progress', 'wait=0'])
})

test('what fails during the wait is told in the body, with the same status code', async t => {
  const world = await openWorld(t)
  await world.post(`servers/${world.serverId}/start/`, undefined, { headers: { prefer: 'wait=30' } })
  world.memory.controls.setAgent(world.serverId, 'absent')
  const { status, body } = await world.call('snapshots/?consistency=filesystem', {
    method: 'POST',
    body: { server_id: world.serverId, name: 'frozen' },
    headers: { prefer: 'wait=30' },
  })
  assert.deepEqual([status, body.status, body.size_mb], [201, 'failed', null])
  assert.match(body.message, /guest agent/)
})
