/** Garbage collection on random trees: applied until there is nothing left to do, it changes no content. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type GarbagePlan,
  LayerGraph,
  type LayerId,
  type LayerNode,
  planGarbage,
  type Roots,
} from '../../src/domain/layers.ts'

/** A layer with a little content of its own: block → value. */
interface ModelLayer extends LayerNode {
  readonly own: ReadonlyMap<number, number>
}
type Tree = Map<LayerId, ModelLayer>
type Owner = keyof Roots
type Owners = Record<Owner, Set<LayerId>>

const layerSeed = fc.record({
  /** Which earlier layer it stands on, of those there are; the last choice: on nothing, as a blank disk. */
  parent: fc.nat(),
  owner: fc.constantFrom<Exclude<Owner, 'images'> | 'nobody'>(
    ...(['active', 'snapshots', 'undo', 'leased', 'nobody', 'nobody', 'nobody'] as const),
  ),
  isPrepared: fc.boolean(),
  blocks: fc.dictionary(fc.constantFrom('0', '1', '2', '3'), fc.integer({ min: 1, max: 9 })),
})
const world = fc.record({
  /** One an image: is it deleted? */
  images: fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }),
  layers: fc.array(layerSeed, { maxLength: 14 }),
  /** In which order the actions of one round happen. */
  order: fc.infiniteStream(fc.nat()),
})
type Seeds = typeof world extends fc.Arbitrary<infer Value> ? Value : never

function build({ images, layers }: Pick<Seeds, 'images' | 'layers'>): { tree: Tree; roots: Owners } {
  const tree: Tree = new Map()
  const roots: Owners = {
    images: new Set(),
    active: new Set(),
    snapshots: new Set(),
    undo: new Set(),
    leased: new Set(),
  }
  for (const [index, isDeleted] of images.entries()) {
    const id = index + 1
    const own = new Map([0, 1, 2, 3].map(block => [block, 100 * id + block]))
    tree.set(id, { id, parentId: null, isImage: true, state: 'live', own })
    if (!isDeleted) roots.images.add(id)
  }
  const parents = new Set<LayerId | null>()
  for (const [index, seed] of layers.entries()) {
    const id = images.length + index + 1
    const parentId = [...tree.keys(), null][seed.parent % (tree.size + 1)] as LayerId | null
    parents.add(parentId)
    const blocks = Object.entries(seed.blocks).map(([block, value]) => [Number(block), value] as const)
    tree.set(id, { id, parentId, isImage: false, state: 'live', own: new Map(blocks) })
    if (seed.owner !== 'nobody') roots[seed.owner].add(id)
  }
  for (const [index, seed] of layers.entries()) {
    const layer = tree.get(images.length + index + 1) as ModelLayer
    // A layer is prepared on top of a tree, never inside it.
    if (seed.isPrepared && !parents.has(layer.id)) tree.set(layer.id, { ...layer, state: 'prepared' })
  }
  return { tree, roots }
}

/** The rule as these pages tell it, apart from the code that is tested. */
function isWanted(layer: LayerNode, roots: Roots): boolean {
  return layer.state === 'prepared' || Object.values(roots).some(ids => ids.has(layer.id))
}

function content(tree: Tree, top: LayerId): Map<number, number> {
  const chain = new LayerGraph(tree.values()).chain(top).map(({ id }) => tree.get(id) as ModelLayer)
  return new Map(chain.toReversed().flatMap(layer => [...layer.own]))
}

function wantedContents(tree: Tree, roots: Roots): Map<LayerId, Map<number, number>> {
  const wanted = [...tree.values()].filter(layer => isWanted(layer, roots))
  return new Map(wanted.map(({ id }) => [id, content(tree, id)]))
}

/** One action of a plan, as a driver does it. */
function apply(
  tree: Tree,
  action: { unlink: LayerId } | { garbage: LayerId; child: LayerId; base: LayerId | null },
): void {
  if ('unlink' in action) return void tree.delete(action.unlink)
  const garbage = tree.get(action.garbage) as ModelLayer
  const child = tree.get(action.child) as ModelLayer
  tree.set(child.id, { ...child, parentId: action.base, own: new Map([...garbage.own, ...child.own]) })
  tree.delete(garbage.id)
}

/** A plan may do only what is harmless, and must leave nothing unsaid. */
function check(tree: Tree, roots: Roots, { unlink, merge, waiting }: GarbagePlan): void {
  const graph = new LayerGraph(tree.values())
  for (const id of [...unlink, ...merge.map(one => one.garbage), ...waiting.keys()]) {
    assert.equal(isWanted(tree.get(id) as ModelLayer, roots), false, `layer ${id} is wanted`)
  }
  for (const { garbage, child } of merge) {
    const into = tree.get(child) as ModelLayer
    const stays = isWanted(into, roots) || graph.children(child).length > 1
    assert.ok(stays && !into.isImage && into.state === 'live', `merged into layer ${child}`)
    assert.equal(tree.get(garbage)?.isImage, false, `the image's layer ${garbage} is merged`)
  }
  const touched = [...unlink, ...merge.flatMap(one => [one.garbage, one.child])]
  assert.equal(new Set(touched).size, touched.length, 'no layer has two parts to play')
  const garbage = [...tree.values()].filter(layer => !isWanted(layer, roots)).length
  assert.equal(unlink.length + merge.length + waiting.size, garbage, 'all garbage is accounted for')
}

/** Until there is nothing to do any more; what is wanted reads the same after every single action. */
function collect(tree: Tree, roots: Roots, order: Seeds['order']): void {
  const before = wantedContents(tree, roots)
  for (let rounds = tree.size; ; rounds--) {
    assert.ok(rounds >= 0, 'every round with something to do removes a layer')
    const plan = planGarbage(new LayerGraph(tree.values()), roots)
    check(tree, roots, plan)
    const actions = [...plan.unlink.map(id => ({ unlink: id })), ...plan.merge]
    if (actions.length === 0) return
    while (actions.length > 0) {
      const [action] = actions.splice((order.next().value as number) % actions.length, 1)
      if (action) apply(tree, action)
      assert.deepEqual(wantedContents(tree, roots), before)
    }
  }
}

test('no content that somebody needs ever changes, and only branch points and images in use are left over', () => {
  fc.assert(
    fc.property(world, ({ order, ...seeds }) => {
      const { tree, roots } = build(seeds)
      collect(tree, roots, order)
      const graph = new LayerGraph(tree.values())
      for (const layer of tree.values()) {
        if (isWanted(layer, roots)) continue
        const children = graph.children(layer.id)
        const isImageInUse = layer.isImage && children.length > 0
        const stays = isImageInUse || children.length > 1 || isBelowPrepared(graph, layer)
        assert.ok(stays, `layer ${layer.id} could have gone`)
      }
    }),
    { numRuns: 500 },
  )
})

/** In a run of single layers. */
function isBelowPrepared(graph: LayerGraph, layer: LayerNode): boolean {
  const [above, ...others] = graph.children(layer.id)
  if (!above || others.length > 0) return false
  return above.state === 'prepared' || isBelowPrepared(graph, above)
}

test('when one after the other lets go of what it needs, images too, nothing is left in the end', () => {
  fc.assert(
    fc.property(world, ({ order, images, layers }) => {
      const { tree, roots } = build({ images, layers: layers.map(layer => ({ ...layer, isPrepared: false })) })
      const held = Object.values(roots).flatMap(ids => [...ids].map(id => ({ ids, id })))
      collect(tree, roots, order)
      while (held.length > 0) {
        const [one] = held.splice((order.next().value as number) % held.length, 1)
        one?.ids.delete(one.id)
        collect(tree, roots, order)
      }
      assert.deepEqual([...tree.keys()], [])
    }),
    { numRuns: 200 },
  )
})

test('the same plan comes from the same tree, in whatever order its layers are told', () => {
  fc.assert(
    fc.property(world, seeds => {
      const { tree, roots } = build(seeds)
      const there = planGarbage(new LayerGraph(tree.values()), roots)
      const back = planGarbage(new LayerGraph([...tree.values()].reverse()), roots)
      assert.deepEqual(new Set(back.unlink), new Set(there.unlink))
      assert.deepEqual(new Set(back.merge.map(one => one.garbage)), new Set(there.merge.map(one => one.garbage)))
      assert.deepEqual(new Set(back.waiting.keys()), new Set(there.waiting.keys()))
    }),
  )
})
