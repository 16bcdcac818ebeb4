/** What the page of a server works out by itself. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesOf } from '../src/views/server/overview/bytes.ts'
import { changes, type Settings } from '../src/views/server/settings.ts'
import { placed } from '../src/views/server/tabs/timeline.ts'
import { layer } from './tree/layers.ts'

test('on the line of time: in their order, within it, and told apart', () => {
  const moment = fc.record({ id: fc.nat(), at: fc.integer({ min: 0, max: 1_000_000 }) })
  fc.assert(
    fc.property(fc.uniqueArray(moment, { selector: ({ id }) => id, maxLength: 40 }), moments => {
      const places = placed(moments, 1_000_000)
      assert.deepEqual(
        places.map(({ id }) => id),
        moments.toSorted((a, b) => a.at - b.at || a.id - b.id).map(({ id }) => id),
      )
      const least = Math.min(0.03, 1 / Math.max(1, moments.length))
      for (const [index, { share }] of places.entries()) {
        assert.ok(share >= 0 && share <= 1)
        const next = places[index + 1]
        if (next) assert.ok(next.share - share >= least - 1e-9, `${share} ${next.share}`)
      }
    }),
  )
})

test('on the line of time: where there is room, a moment stands where it belongs', () => {
  const places = placed(
    [
      { id: 1, at: 0 },
      { id: 2, at: 250 },
    ],
    1000,
  )
  assert.deepEqual(places, [
    { id: 1, share: 0 },
    { id: 2, share: 0.25 },
  ])
})

test('bytes of its own are those that nobody else stands on', () => {
  const layers = [
    layer(1, null, { kind: 'image', allocated_bytes: 100 }),
    layer(2, 1, { servers: [{ id: 2, name: 'clone' }], allocated_bytes: 20 }),
    layer(3, 2, { allocated_bytes: 3 }),
  ]
  assert.deepEqual(bytesOf(layers), { own: 3, shared: 120 })
})

test('only what was changed is sent', () => {
  const before: Settings = { name: 'a', hostname: 'a', location: 'local', autostart: true, quarantine: false }
  assert.deepEqual(changes(before, before), {})
  assert.deepEqual(changes(before, { ...before, autostart: false, location: '' }), { autostart: false, location: '' })
})
