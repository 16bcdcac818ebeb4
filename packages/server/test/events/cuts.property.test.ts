/**
 * A client that is cut at any moment, and resumes where it was, sees everything once and in order: among writes of its own
 * and of other accounts. On a failure fast-check prints the seed and the shortest sequence that still fails.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { openWorld } from '../http/harness.ts'
import { test } from '../support/databases.ts'
import { type Seen, type Watch, watch } from './client.ts'

const RUNS = Number(process.env['RESTPOINT_TEST_RUNS'] ?? 15)

const actions = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('write' as const), of: fc.constantFrom('own', 'other') }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut' as const), afterMs: fc.integer({ min: 0, max: 8 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const) }) },
  ),
  { minLength: 5, maxLength: 40 },
)

test('nothing is lost and nothing comes twice, wherever the connection is cut', { timeout: 180_000 }, async t => {
  const world = await openWorld(t, { hears: true, engine: false })
  const other = await world.addAccount('other')
  let writes = 0
  const write = (of: string) => {
    const token = of === 'own' ? world.token : other.token
    return world.post('tokens/', { name: `n-${++writes}`, permissions: ['servers:read'] }, { token })
  }
  await fc.assert(
    fc.asyncProperty(actions, async sequence => {
      const got: Seen[] = []
      let stream: Watch = await watch(t, world)
      const begun = (await stream.until(({ event }) => event === 'reset')).id
      let lastEventId: number | undefined = begun
      const cut = async () => {
        stream.cut()
        await stream.ended
        got.push(...stream.seen)
        lastEventId = stream.lastEventId ?? lastEventId
      }
      const wanted: number[] = []
      for (const action of sequence) {
        if (action.kind === 'write') {
          const { body } = await write(action.of)
          if (action.of === 'own') wanted.push(body.id)
        } else if (action.kind === 'cut') {
          await new Promise(resolve => setTimeout(resolve, action.afterMs))
          await cut()
          stream = await watch(t, world, { lastEventId })
        } else await new Promise(resolve => setTimeout(resolve, 10))
      }
      const last = (await write('own')).body.id
      await stream.until(({ event, data }) => event === 'token' && data.id === last)
      await cut()
      const told = got.filter(({ event }) => event === 'token')
      assert.deepEqual(
        told.map(({ data }) => data.id),
        [...wanted, last],
      )
      assert.deepEqual(
        told.map(({ id }) => id),
        told.map(({ id }) => id).toSorted((a, b) => a - b),
      )
      assert.equal(got.filter(({ event }) => event === 'reset').length, 1)
    }),
    { numRuns: RUNS, endOnFailure: true },
  )
})
