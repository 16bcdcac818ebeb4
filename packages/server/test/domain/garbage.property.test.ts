/** Garbage collection on random trees: applied until there is nothing left to do, it changes no content. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isNeeded, LayerGraph, type LayerId, type LayerNode, planGarbage, type Roots } from '../../src/domain/layers.ts'

/** A layer with a little content of its own: block → value. */
interface ModelLayer extends LayerNode {
  readonly own: ReadonlyMap<number, number>
}
type Tree = ReadonlyMap<LayerId, ModelLayer>
type Owner = 'active' | 'snapshots' | 'undo' | 'leased' | 'nobody'

const layerSeed = fc.record({
  /** Which earlier layer it stands on, of those there are. */
  parent: fc.nat(),
  owner: fc.constantFrom<Owner>('active', 'snapshots', 'undo', 'leased', 'nobody', 'nobody', 'nobody'),
  isPrepared: fc.boolean(),
  blocks: fc.dictionary(fc.constantFrom('0', '1', '2', '3'), fc.integer({ min: 1, max: 9 })),
})
const world = fc.record({
  layers: fc.array(layerSeed, { maxLength: 14 }),
  /** In which order the actions of one round happen. */
  order: fc.infiniteStream(fc.nat()),
})

function build(seeds: readonly (typeof layerSeed extends fc.Arbitrary<infer Seed> ? Seed : never)[]) {
  const own = new Map([0, 1, 2, 3].map(block => [block, 100 + block]))
  const tree = new Map<LayerId, ModelLayer>([[1, { id: 1, parentId: null, isImage: true, state: 'live', own }]])
  const roots = {
    active: new Set<number>(),
    snapshots: new Set<number>(),
    undo: new Set<number>(),
    leased: new Set<number>(),
  }
  const parents = new Set<LayerId>()
  for (const [index, seed] of seeds.entries()) {
    const id = index + 2
    const parentId = [...tree.keys()][seed.parent % tree.size] as LayerId
    parents.add(parentId)
    const blocks = Object.entries(seed.blocks).map(([block, value]) => [Number(block), value] as const)
    tree.set(id, { id, parentId, isImage: false, state: 'live', own: new Map(blocks) })
    if (seed.owner !== 'nobody') roots[seed.owner].add(id)
  }
  for (const [index, seed] of seeds.entries()) {
    const layer = tree.get(index + 2) as ModelLayer
    // A layer is prepared on top of a tree, never inside it.
    if (seed.isPrepared && !parents.has(layer.id)) tree.set(layer.id, { ...layer, state: 'prepared' })
  }
  return { tree, roots }
}

function content(tree: Tree, top: LayerId): Map<number, number> {
  const chain = new LayerGraph(tree.values()).chain(top).map(({ id }) => tree.get(id) as ModelLayer)
  return new Map(chain.toReversed().flatMap(layer => [...layer.own]))
}

function neededContents(tree: Tree, roots: Roots): Map<LayerId, Map<number, number>> {
  const needed = [...tree.values()].filter(layer => isNeeded(layer, roots))
  return new Map(needed.map(({ id }) => [id, content(tree, id)]))
}

/** One action of a plan, as a driver does it. */
function apply(
  tree: Map<LayerId, ModelLayer>,
  action: { unlink: LayerId } | { garbage: LayerId; child: LayerId; base: LayerId | null },
) {
  if ('unlink' in action) return void tree.delete(action.unlink)
  const garbage = tree.get(action.garbage) as ModelLayer
  const child = tree.get(action.child) as ModelLayer
  tree.set(child.id, { ...child, parentId: action.base, own: new Map([...garbage.own, ...child.own]) })
  tree.delete(garbage.id)
}

test('no content that somebody needs ever changes, and only branch points are left over', () => {
  fc.assert(
    fc.property(world, ({ layers, order }) => {
      const { tree, roots } = build(layers)
      const before = neededContents(tree, roots)
      for (let round = 0; ; round++) {
        assert.ok(round <= layers.length, 'every round with something to do removes a layer')
        const { unlink, merge, waiting } = planGarbage(new LayerGraph(tree.values()), roots)
        for (const id of [...unlink, ...merge.map(one => one.garbage), ...waiting.keys()]) {
          assert.equal(isNeeded(tree.get(id) as ModelLayer, roots), false, `layer ${id} is needed`)
        }
        for (const { child } of merge) {
          const into = tree.get(child) as ModelLayer
          assert.ok(isNeeded(into, roots) && !into.isImage && into.state === 'live', `merged into layer ${child}`)
        }
        const touched = [...unlink, ...merge.flatMap(one => [one.garbage, one.child])]
        assert.equal(new Set(touched).size, touched.length, 'no layer has two parts to play')
        const garbage = [...tree.values()].filter(layer => !isNeeded(layer, roots)).length
        assert.equal(unlink.length + merge.length + waiting.size, garbage, 'all garbage is accounted for')
        const actions = [...unlink.map(id => ({ unlink: id })), ...merge]
        if (actions.length === 0) break
        while (actions.length > 0) {
          const [action] = actions.splice(order.next().value % actions.length, 1)
          if (action) apply(tree, action)
          assert.deepEqual(neededContents(tree, roots), before)
        }
      }
      const graph = new LayerGraph(tree.values())
      for (const layer of tree.values()) {
        if (isNeeded(layer, roots)) continue
        const children = graph.children(layer.id)
        const garbageAbove = children.length === 1 && !isNeeded(children[0] as LayerNode, roots)
        const stays = children.length > 1 || children[0]?.state === 'prepared' || garbageAbove
        assert.ok(stays, `layer ${layer.id} could have gone`)
      }
    }),
    { numRuns: 500 },
  )
})

test('the same plan comes from the same tree, in whatever order its layers are told', () => {
  fc.assert(
    fc.property(world, ({ layers }) => {
      const { tree, roots } = build(layers)
      const there = planGarbage(new LayerGraph(tree.values()), roots)
      const back = planGarbage(new LayerGraph([...tree.values()].reverse()), roots)
      assert.deepEqual(new Set(back.unlink), new Set(there.unlink))
      assert.deepEqual(new Set(back.merge.map(one => one.garbage)), new Set(there.merge.map(one => one.garbage)))
      assert.deepEqual(new Set(back.waiting.keys()), new Set(there.waiting.keys()))
    }),
  )
})
