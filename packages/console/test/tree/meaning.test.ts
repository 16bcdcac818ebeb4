/** What the picture says beside where things are: what somebody selects, what becomes of garbage, what comes after. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { abridged, afterGoingBack, layersOf } from '../../src/tree/after.ts'
import { type Bar, draw } from '../../src/tree/picture.ts'
import { isSamePoint, itemOf, pointOf } from '../../src/tree/point.ts'
import { fateOf } from '../../src/tree/waits.ts'
import { anything, layer, restored } from './layers.ts'

const waiting = { state: 'waiting', waits_for: null, progress: 0, operation_id: null } as const

test('a snapshot is one point, on however many disks', () => {
  const named = { snapshots: [{ id: 7, name: 'both' }] }
  const picture = draw([layer(1, null, named), layer(2, 1, { kind: 'active' }), layer(3, null, named)])
  const [first, , second] = picture.items.map(pointOf)
  assert.ok(first && second && isSamePoint(first, second))
  assert.equal(itemOf(picture, first)?.key, 'layer-1')
  assert.equal(itemOf(picture, { type: 'snapshot', id: 8 }), undefined)
})

test('every item is found again by what it means', () => {
  fc.assert(
    fc.property(anything, layers => {
      const picture = draw(layers)
      for (const item of picture.items) {
        const found = itemOf(picture, pointOf(item))
        assert.ok(found && isSamePoint(pointOf(found), pointOf(item)))
      }
    }),
  )
})

test('what garbage waits for', () => {
  const garbage = { kind: 'garbage', merge: waiting } as const
  const fate = (layers: Parameters<typeof draw>[0], id: number) => {
    const picture = draw(layers)
    const bar = picture.items.find((item): item is Bar => item.type === 'layer' && item.layer.id === id)
    return bar && fateOf(bar, picture)
  }
  assert.equal(fate(restored, 2), null)
  assert.deepEqual(fate([layer(1, null, garbage), layer(2, 1), layer(3, 1)], 1), { is: 'several' })
  assert.deepEqual(fate([layer(1, null, garbage), layer(2, 1, garbage), layer(3, 2)], 1), { is: 'above', layer: 2 })
  assert.deepEqual(fate([layer(1, null, garbage), layer(2, 1)], 1), { is: 'soon' })
  assert.deepEqual(fate([layer(1, null, { kind: 'image', merge: waiting }), layer(2, 1)], 1), { is: 'image' })
  const told = { ...waiting, waits_for: 'a start of server 1' }
  assert.deepEqual(fate([layer(1, null, { ...garbage, merge: told }), layer(2, 1)], 1), {
    is: 'told',
    text: 'a start of server 1',
  })
  const running = { state: 'running', waits_for: null, progress: 1.5, operation_id: 1 } as const
  assert.deepEqual(fate([layer(1, null, { ...garbage, merge: running })], 1), { is: 'merging', progress: 1 })
})

test('after a restore there is a new head on the snapshot, the old one can be undone, the older undo point is gone', () => {
  const after = afterGoingBack(restored, layersOf(restored, { snapshot: 1 }))
  assert.deepEqual(
    after.map(({ id, parent_id, kind }) => ({ id, parent_id, kind })),
    [
      { id: 1, parent_id: null, kind: 'image' },
      { id: 2, parent_id: 1, kind: 'sealed' },
      { id: 4, parent_id: 2, kind: 'undo' },
      { id: 5, parent_id: 2, kind: 'active' },
    ],
  )
})

test('after an undo the head stands on the undo point, and the undo can be undone', () => {
  const after = afterGoingBack(restored, layersOf(restored, 'undo'))
  assert.deepEqual(
    after.map(({ id, parent_id, kind }) => ({ id, parent_id, kind })),
    [
      { id: 1, parent_id: null, kind: 'image' },
      { id: 2, parent_id: 1, kind: 'sealed' },
      { id: 3, parent_id: 2, kind: 'sealed' },
      { id: 4, parent_id: 2, kind: 'undo' },
      { id: 5, parent_id: 3, kind: 'active' },
    ],
  )
})

test('abridged: of a long way its ends and where they part', () => {
  const chain = Array.from({ length: 60 }, (_, index) => layer(index + 1, index === 0 ? null : index))
  const layers = [...chain, layer(61, 60, { kind: 'active' }), layer(62, 30), layer(63, null, { kind: 'active' })]
  assert.deepEqual(
    abridged(layers, 62).map(({ id, parent_id }) => [id, parent_id]),
    [
      [1, null],
      [30, 1],
      [61, 30],
      [62, 30],
    ],
  )
})

test('abridged: whatever comes in, it ends, and nothing is made up', () => {
  fc.assert(
    fc.property(anything, fc.integer({ min: 1, max: 40 }), (layers, target) => {
      const ids = new Set(layers.map(({ id }) => id))
      for (const { id } of abridged(layers, target)) assert.ok(ids.has(id))
      draw(afterGoingBack(layers, [target]))
    }),
  )
})
