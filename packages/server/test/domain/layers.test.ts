import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  chainsAgree,
  isNeeded,
  kindOf,
  LayerGraph,
  type LayerId,
  type LayerNode,
  planGarbage,
  type Roots,
} from '../../src/domain/layers.ts'

const node = (id: LayerId, parentId: LayerId | null, rest: Partial<LayerNode> = {}): LayerNode => ({
  id,
  parentId,
  isImage: false,
  state: 'live',
  ...rest,
})
const image = node(1, null, { isImage: true })

function roots(named: { [Key in keyof Roots]?: LayerId[] } = {}): Roots {
  return {
    // The image of these trees is there unless a test says otherwise.
    images: new Set(named.images ?? [1]),
    active: new Set(named.active),
    snapshots: new Set(named.snapshots),
    undo: new Set(named.undo),
    leased: new Set(named.leased),
  }
}

const plan = (nodes: LayerNode[], named: Parameters<typeof roots>[0]) =>
  planGarbage(new LayerGraph(nodes), roots(named))

describe('a graph', () => {
  test('tells the chain below a layer, from its top', () => {
    const graph = new LayerGraph([image, node(2, 1), node(3, 2), node(4, 2)])
    assert.deepEqual(
      graph.chain(4).map(({ id }) => id),
      [4, 2, 1],
    )
    assert.deepEqual(
      graph.children(2).map(({ id }) => id),
      [3, 4],
    )
    assert.deepEqual(graph.children(4), [])
    assert.equal(graph.get(5), undefined)
  })

  test('does not hold what is in the trash', () => {
    const graph = new LayerGraph([image, node(2, 1), node(3, 2, { state: 'trash' })])
    assert.equal(graph.get(3), undefined)
    assert.deepEqual(graph.children(2), [])
    assert.deepEqual(
      [...graph.all()].map(({ id }) => id),
      [1, 2],
    )
  })

  test('refuses a chain with a gap or a cycle', () => {
    assert.throws(() => new LayerGraph([node(3, 2)]).chain(3), /layer 2 is missing below layer 3/)
    assert.throws(() => new LayerGraph([node(2, 3), node(3, 2)]).chain(3), /stands on itself/)
  })
})

describe('who needs a layer', () => {
  const cases: [string, LayerNode, Parameters<typeof roots>[0], string, boolean][] = [
    ['an image', image, {}, 'image', true],
    ['a deleted image', image, { images: [] }, 'image', false],
    [
      'an image that is being imported',
      node(1, null, { isImage: true, state: 'prepared' }),
      { images: [] },
      'image',
      true,
    ],
    ['an active one', node(2, 1), { active: [2] }, 'active', true],
    ['one prepared for a cut', node(2, 1, { state: 'prepared' }), {}, 'active', true],
    ['a snapshot’s', node(2, 1), { snapshots: [2] }, 'sealed', true],
    ['an undo point’s', node(2, 1), { undo: [2] }, 'undo', true],
    ['a snapshot’s and an undo point’s', node(2, 1), { undo: [2], snapshots: [2] }, 'sealed', true],
    ['one that a rebuild has kept', node(2, 1, { state: 'kept' }), {}, 'sealed', true],
    ['one that an operation uses', node(2, 1), { leased: [2] }, 'sealed', true],
    ['nobody’s', node(2, 1), { active: [3], snapshots: [4] }, 'garbage', false],
  ]
  for (const [what, layer, named, kind, needed] of cases) {
    test(`${what}: ${kind}`, () => {
      assert.equal(kindOf(layer, roots(named)), kind)
      assert.equal(isNeeded(layer, roots(named)), needed)
    })
  }
})

describe('a garbage plan', () => {
  test('unlinks a leaf that nobody needs', () => {
    assert.deepEqual(plan([image, node(2, 1), node(3, 1)], { active: [3] }).unlink, [2])
  })

  test('merges garbage into the one layer above it, onto what lies below', () => {
    const { merge, unlink } = plan([image, node(2, 1), node(3, 2)], { active: [3] })
    assert.deepEqual({ merge, unlink }, { merge: [{ garbage: 2, child: 3, base: 1 }], unlink: [] })
  })

  test('merges garbage at the bottom onto nothing', () => {
    assert.deepEqual(plan([node(2, null), node(3, 2)], { active: [3] }).merge, [{ garbage: 2, child: 3, base: null }])
  })

  test('of a run of garbage takes the topmost; the others wait', () => {
    const { merge, waiting } = plan([image, node(2, 1), node(3, 2), node(4, 3)], { active: [4] })
    assert.deepEqual(merge, [{ garbage: 3, child: 4, base: 2 }])
    assert.deepEqual([...waiting.keys()], [2])
  })

  test('lets a branch point wait, and says for what', () => {
    const { merge, unlink, waiting } = plan([image, node(2, 1), node(3, 2), node(4, 2)], {
      active: [3],
      snapshots: [4],
    })
    assert.deepEqual({ merge, unlink }, { merge: [], unlink: [] })
    assert.deepEqual(waiting, new Map([[2, '2 layers stand on it']]))
  })

  test('merges into nothing that is not cut yet, nor into an image', () => {
    const prepared = node(3, 2, { state: 'prepared' })
    const upperImage = node(3, 2, { isImage: true })
    for (const child of [prepared, upperImage]) {
      const { merge, waiting } = plan([image, node(2, 1), child], { images: [1, 3] })
      assert.deepEqual([merge, [...waiting.keys()]], [[], [2]])
    }
  })

  test('lets a deleted image go when nothing stands on it, and merges it into nothing', () => {
    assert.deepEqual(plan([image], { images: [] }).unlink, [1])
    const { merge, unlink, waiting } = plan([image, node(2, 1)], { images: [], active: [2] })
    assert.deepEqual([merge, unlink], [[], []])
    assert.match(waiting.get(1) ?? '', /never merged/)
  })

  test('merges garbage that stands on a deleted image', () => {
    const { merge } = plan([image, node(2, 1), node(3, 2)], { images: [], active: [3] })
    assert.deepEqual(merge, [{ garbage: 2, child: 3, base: 1 }])
  })

  test('leaves alone what a rebuild has kept, and what it stands on', () => {
    const { unlink, merge, waiting } = plan([image, node(2, 1), node(3, 2), node(4, 2, { state: 'kept' })], {
      active: [3],
    })
    assert.deepEqual([unlink, merge], [[], []])
    assert.deepEqual([...waiting], [[2, '2 layers stand on it']])
  })

  test('leaves everything that is needed alone', () => {
    const nodes = [image, node(2, 1), node(3, 2), node(4, 3), node(5, 4)]
    const { merge, unlink, waiting } = plan(nodes, { snapshots: [2], undo: [3], leased: [4], active: [5] })
    assert.deepEqual([merge, unlink, waiting.size], [[], [], 0])
  })
})

describe('two views of a chain', () => {
  const cases: [string, LayerId[], LayerId[], LayerId[], boolean][] = [
    ['the same', [3, 2, 1], [3, 2, 1], [], true],
    ['one layer short', [3, 2, 1], [3, 1], [], false],
    ['one layer more', [3, 1], [3, 2, 1], [], false],
    ['another order', [3, 2, 1], [2, 3, 1], [], false],
    ['another top', [3, 2], [4, 2], [], false],
    ['short of the one that is being merged away', [3, 2, 1], [3, 1], [2], true],
    ['still with the one that is being merged away', [3, 1], [3, 2, 1], [2], true],
    ['short of another than the one being merged away', [4, 3, 2, 1], [4, 2, 1], [2], false],
    ['both empty', [], [], [], true],
  ]
  for (const [what, expected, actual, mergingAway, agree] of cases) {
    test(`${what}: ${agree ? 'agree' : 'disagree'}`, () => {
      assert.equal(chainsAgree(expected, actual, new Set(mergingAway)), agree)
    })
  }
})
