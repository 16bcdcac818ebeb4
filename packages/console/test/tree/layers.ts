/** Layers for tests: by hand, and any that can come, well made or not. */
import type { Layer } from '@restpoint/sdk/source'
import fc from 'fast-check'

export function layer(id: number, parent_id: number | null, more: Partial<Layer> = {}): Layer {
  return {
    id,
    parent_id,
    kind: 'sealed',
    snapshots: [],
    servers: [],
    size_bytes: 1024 ** 3,
    allocated_bytes: 1024 ** 2,
    merge: null,
    ...more,
  }
}

/** `image ← snapshot 1 ← head`, and a branch: the undo point that a restore to the snapshot left. */
export const restored: readonly Layer[] = [
  layer(1, null, { kind: 'image' }),
  layer(2, 1, { snapshots: [{ id: 1, name: 'before-upgrade' }] }),
  layer(3, 2, { kind: 'undo' }),
  layer(4, 2, { kind: 'active' }),
]

const bytes = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 42 }),
  fc.constantFrom(0, -1, Number.NaN, Number.POSITIVE_INFINITY),
)
const servers = fc.uniqueArray(fc.record({ id: fc.integer({ min: 1, max: 9 }), name: fc.string() }), {
  selector: ({ id }) => id,
  maxLength: 3,
})
const kind = fc.constantFrom<Layer['kind']>('image', 'sealed', 'active', 'undo', 'garbage')
const merge: fc.Arbitrary<Layer['merge']> = fc.option(
  fc.record({
    state: fc.constantFrom('waiting' as const, 'running' as const),
    waits_for: fc.option(fc.string()),
    progress: fc.double(),
    operation_id: fc.option(fc.nat()),
  }),
)

/** What is in a layer beside its place. */
const content = fc.record({ kind, servers, allocated_bytes: bytes, merge })

/** A forest as the service has it: what stands on something is younger. */
export const forests = fc
  .array(
    fc.record({ content, below: fc.double({ min: 0, max: 1, noNaN: true }), isBottom: fc.integer({ max: 9, min: 0 }) }),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  .map(parts =>
    parts.map(({ content, below, isBottom }, index) =>
      layer(index + 1, index === 0 || isBottom === 0 ? null : 1 + Math.floor(below * (index - 1)), content),
    ),
  )

/** Anything: circles, parents that are not there, the same id twice. */
export const anything = fc.array(
  fc
    .record({ id: fc.integer({ min: 1, max: 40 }), parent_id: fc.option(fc.integer({ min: 0, max: 41 })), content })
    .map(({ id, parent_id, content }) => layer(id, parent_id, content)),
  { maxLength: 60 },
)
