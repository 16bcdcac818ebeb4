/** Whatever the layers are, the picture of them can be read. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LONGEST, lengthOf, SHORTEST } from '../../src/tree/length.ts'
import { diskOf, draw, extentOf, GAP, type Item, LANE_HEIGHT, middleOf } from '../../src/tree/picture.ts'
import { anything, forests, layer, restored } from './layers.ts'

test('an image, a snapshot, what was undone and the head', () => {
  const { items, bands } = draw(restored)
  assert.deepEqual(
    items.map(({ key, parent, lane, level }) => ({ key, parent, lane, level })),
    [
      { key: 'layer-1', parent: null, lane: 0, level: 1 },
      { key: 'layer-2', parent: 'layer-1', lane: 0, level: 2 },
      { key: 'layer-3', parent: 'layer-2', lane: 0, level: 3 },
      { key: 'layer-4', parent: 'layer-2', lane: 1, level: 3 },
    ],
  )
  assert.equal(bands.length, 1)
})

test('every layer is there once, and in each picture at the same place', () => {
  fc.assert(
    fc.property(anything, layers => {
      const { items } = draw(layers)
      const drawn = items.flatMap(item => (item.type === 'layer' ? [item.layer.id] : []))
      assert.deepEqual(
        drawn.toSorted((a, b) => a - b),
        [...new Set(layers.map(({ id }) => id))].sort((a, b) => a - b),
      )
      assert.equal(new Set(items.map(({ key }) => key)).size, items.length)
      const firsts = layers.filter(({ id }, index) => layers.findIndex(other => other.id === id) === index)
      assert.deepEqual(draw(firsts.toReversed()).items, items)
    }),
  )
})

test('time runs from the bottom to the heads, the other way round in a mirror', () => {
  fc.assert(
    fc.property(anything, fc.boolean(), (layers, isMirrored) => {
      const picture = draw(layers, { isMirrored })
      const places = new Map(picture.items.map(item => [item.key, item]))
      for (const item of picture.items) {
        const below = item.parent === null ? undefined : places.get(item.parent)
        const way = isMirrored ? -1 : 1
        assert.ok((item.end - item.start) * way >= SHORTEST)
        if (below) assert.equal((item.start - below.end) * way, GAP)
        else assert.equal(item.start, isMirrored ? picture.width : 0)
        assert.ok(Math.min(item.start, item.end) >= 0 && Math.max(item.start, item.end) <= picture.width)
        assert.ok(item.top >= 0 && item.top + LANE_HEIGHT <= picture.height)
      }
    }),
  )
})

test('nothing overlaps', () => {
  fc.assert(
    fc.property(anything, layers => {
      const { items, bands } = draw(layers)
      for (const [index, a] of items.entries()) {
        for (const b of items.slice(index + 1)) assert.ok(!overlap(a, b), `${a.key} lies on ${b.key}`)
      }
      for (const [index, { top, height }] of bands.entries()) {
        const next = bands[index + 1]
        if (next) assert.equal(next.top, top + height)
      }
    }),
  )
})

test('no line crosses a bar', () => {
  fc.assert(
    fc.property(anything, layers => {
      const { items } = draw(layers)
      for (const item of items) {
        const below = items.find(({ key }) => key === item.parent)
        if (!below) continue
        const x = below.end + GAP / 2
        const [top, bottom] = [middleOf(below), middleOf(item)]
        const crossed = items.find(
          other => other.start < x && x < other.end && top < middleOf(other) && middleOf(other) <= bottom,
        )
        assert.equal(crossed, undefined)
      }
    }),
  )
})

test('one layer more moves nothing that was there, but whole lanes down', () => {
  fc.assert(
    fc.property(forests, fc.nat(), (layers, at) => {
      const below = layers[at % layers.length]
      const before = draw(layers).items
      const more = layer(layers.length + 1, below?.id ?? null, { servers: below?.servers ?? [] })
      const after = new Map(draw([...layers, more]).items.map(item => [item.key, item]))
      // Whoever stood on a layer alone may stand on the new one now.
      const there = before.filter(({ type }) => type === 'layer')
      for (const item of there) {
        const now = after.get(item.key)
        assert.deepEqual([now?.start, now?.end], [item.start, item.end])
      }
      for (const [index, item] of there.entries()) {
        const next = there[index + 1]
        if (!next) continue
        const [here, further] = [after.get(item.key)?.lane ?? 0, after.get(next.key)?.lane ?? 0]
        assert.equal(Math.sign(further - here), Math.sign(next.lane - item.lane))
      }
    }),
  )
})

test('disks come in the order of their heads, whatever was merged below', () => {
  const layers = [
    layer(9, null, { kind: 'sealed' }),
    layer(11, 9, { kind: 'active' }),
    layer(2, null, { kind: 'image' }),
    layer(10, 2, { kind: 'active' }),
    layer(4, null),
    layer(12, 4, { kind: 'active' }),
  ]
  const picture = draw(layers)
  assert.deepEqual(
    picture.bands.map(({ root }) => root),
    [2, 9, 4],
  )
  assert.deepEqual(
    picture.items.map(item => diskOf(item, picture)),
    [0, 0, 1, 1, 2, 2],
  )
})

test('a clone branches off where its own layers begin, and an image has no branches', () => {
  const clone = { id: 2, name: 'web-02' }
  const layers = [
    layer(1, null, { kind: 'image', servers: [clone, { id: 3, name: 'made-of-the-same' }] }),
    layer(2, 1, { servers: [clone] }),
    layer(3, 2, { servers: [clone] }),
    layer(4, 3, { kind: 'active' }),
  ]
  const branches = draw(layers).items.filter(item => item.type === 'branch')
  assert.deepEqual(
    branches.map(({ parent, servers, lane }) => ({ parent, servers, lane })),
    [{ parent: 'layer-3', servers: [clone], lane: 1 }],
  )
})

test('a chain of 500, a star of 500 and a circle of 500 are drawn', () => {
  const chain = Array.from({ length: 500 }, (_, index) => layer(index + 1, index === 0 ? null : index))
  const star = Array.from({ length: 500 }, (_, index) => layer(index + 1, index === 0 ? null : 1))
  const circle = Array.from({ length: 500 }, (_, index) => layer(index + 1, index === 0 ? 500 : index))
  const levels = [chain, star, circle].map(layers =>
    draw(layers)
      .items.map(({ level }) => level)
      .at(-1),
  )
  assert.deepEqual(levels, [500, 2, 500])
})

test('nothing is drawn as nothing', () => {
  assert.deepEqual(draw([]), { width: 0, height: 0, isMirrored: false, items: [], bands: [] })
})

test('a length grows with the logarithm, within bounds, and is a number for any bytes', () => {
  const mebibyte = 1024 ** 2
  assert.equal(
    lengthOf(1024 * mebibyte) - lengthOf(mebibyte),
    lengthOf(1024 ** 2 * mebibyte) - lengthOf(1024 * mebibyte),
  )
  for (const bytes of [0, -1, Number.NaN, 1]) assert.equal(lengthOf(bytes), SHORTEST)
  assert.equal(lengthOf(Number.POSITIVE_INFINITY), LONGEST)
})

function overlap(a: Item, b: Item): boolean {
  if (a.lane !== b.lane && Math.abs(a.top - b.top) >= LANE_HEIGHT) return false
  const [left, right] = [extentOf(a), extentOf(b)]
  return left.x < right.x + right.width && right.x < left.x + left.width
}
