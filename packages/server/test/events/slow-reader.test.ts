/** A client that reads slowly, or not at all: it costs a bounded amount of memory, and loses nothing but its connection. */
import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { openWorld, type World } from '../http/harness.ts'
import { test } from '../support/databases.ts'
import { is, watch } from './client.ts'

/** More than what the kernel keeps for both sides together: it takes a client's silence for granted until then. */
const EVENTS = 60_000

/** As if so much had happened. */
async function addEvents({ db, accountId }: World, count: number): Promise<void> {
  const event = { account_id: accountId, permission: 'servers:read', noun: 'server', change: 'updated', at: 0 } as const
  for (let n = 0; n < count; n += 1000) {
    const rows = Array.from({ length: 1000 }, (_, more) => ({ ...event, object_id: n + more + 1, server_id: 1 }))
    await db.insertInto('events').values(rows).execute()
  }
}

test('one that takes nothing is cut, and resumes', { timeout: 120_000 }, async t => {
  const world = await openWorld(t, { hears: true, engine: false, heartbeatMs: 100 })
  let held = 0
  const responses = new Set<ServerResponse>()
  world.app.server.on('request', (_, response: ServerResponse) => void responses.add(response))
  const stream = await watch(t, world)
  await stream.until(is('reset'))
  stream.response.pause()
  const [response] = responses
  assert.ok(response)
  const timer = setInterval(() => (held = Math.max(held, response.writableLength)), 1)
  t.after(() => clearInterval(timer))
  await addEvents(world, EVENTS)
  world.feed.wake()
  while (!response.destroyed) await sleep(1)
  t.diagnostic(`at most ${held} bytes were held for it`)
  assert.ok(held > 0 && held < 256 * 1024, `${held} bytes`)
  // What is on the way still reaches it.
  stream.response.resume()
  await stream.ended
  const resumed = await watch(t, world, { lastEventId: stream.lastEventId })
  await resumed.until(({ data }) => data.id === EVENTS)
  const told = [...stream.seen.slice(1), ...resumed.seen].map(({ data }) => data.id)
  assert.equal(told.length, EVENTS)
  assert.ok(told.every((id, index) => id === index + 1))
})

test('one that is slow is waited for', { timeout: 120_000 }, async t => {
  const world = await openWorld(t, { hears: true, engine: false, heartbeatMs: 500 })
  const stream = await watch(t, world)
  await stream.until(is('reset'))
  await addEvents(world, EVENTS)
  world.feed.wake()
  for (let n = 0; n < 10; n++) {
    stream.response.pause()
    await sleep(30)
    stream.response.resume()
    await sleep(5)
  }
  await stream.until(({ data }) => data.id === EVENTS)
  assert.equal(stream.seen.length, EVENTS + 1)
})
