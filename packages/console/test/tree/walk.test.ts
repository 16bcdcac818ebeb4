/** Everything in the picture can be reached by the arrow keys, and every one of them does what it shows. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { draw, type Item, type Picture } from '../../src/tree/picture.ts'
import { type Move, moveOf, walk } from '../../src/tree/walk.ts'
import { anything, restored } from './layers.ts'

const arrows: readonly Move[] = ['later', 'earlier', 'above', 'below']

test('from everywhere to everywhere', () => {
  fc.assert(
    fc.property(anything, fc.boolean(), (layers, isMirrored) => {
      const picture = draw(layers, { isMirrored })
      const [first] = picture.items
      if (!first) return
      assert.equal(reached(picture, first).size, picture.items.length)
      for (const item of picture.items) assert.ok(reached(picture, item).has(first.key))
    }),
    { numRuns: 30 },
  )
})

test('along a lane, and from lane to lane', () => {
  const picture = draw(restored)
  const way = (from: string, ...moves: Move[]) =>
    moves.reduce((item, move) => walk(picture, item, move), find(picture, from)).key
  assert.equal(way('layer-1', 'later', 'later'), 'layer-3')
  assert.equal(way('layer-3', 'below'), 'layer-4')
  assert.equal(way('layer-4', 'earlier'), 'layer-2')
  assert.equal(way('layer-4', 'above'), 'layer-3')
  assert.equal(way('layer-3', 'first'), 'layer-1')
  assert.equal(way('layer-1', 'last'), 'layer-4')
  assert.equal(way('layer-4', 'later', 'below'), 'layer-4')
})

test('the arrows follow the language, and other keys move nothing', () => {
  assert.deepEqual([moveOf('ArrowRight', false), moveOf('ArrowLeft', false)], ['later', 'earlier'])
  assert.deepEqual([moveOf('ArrowRight', true), moveOf('ArrowLeft', true)], ['earlier', 'later'])
  for (const key of ['a', 'Tab', 'toString', '__proto__']) assert.equal(moveOf(key, false), undefined)
})

function reached(picture: Picture, from: Item): Set<string> {
  const seen = new Set([from.key])
  const waiting = [from]
  for (let at = waiting.pop(); at; at = waiting.pop()) {
    for (const move of arrows) {
      const to = walk(picture, at, move)
      if (seen.has(to.key)) continue
      seen.add(to.key)
      waiting.push(to)
    }
  }
  return seen
}

function find({ items }: Picture, key: string): Item {
  return items.find(item => item.key === key) ?? assert.fail(`${key} is not there`)
}
