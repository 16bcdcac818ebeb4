import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { SNAPSHOT_NAME, sizeMb } from '../../src/domain/snapshots.ts'

const MIB = 1024 * 1024
const disk = (allocatedBytes: number, virtualBytes = Number.MAX_SAFE_INTEGER) => ({ allocatedBytes, virtualBytes })

describe('size_mb', () => {
  const cases: [string, Parameters<typeof sizeMb>[0], number][] = [
    ['at least 1', [disk(0)], 1],
    ['no disk at all', [], 1],
    ['exactly one MiB', [disk(MIB)], 1],
    ['one byte more', [disk(MIB + 1)], 2],
    ['all disks together, rounded once', [disk(MIB / 2), disk(MIB / 2)], 1],
    ['each disk capped at its own virtual size', [disk(5 * MIB, 2 * MIB), disk(MIB, 10 * MIB)], 3],
  ]
  for (const [what, disks, expected] of cases) test(what, () => assert.equal(sizeMb(disks), expected))

  test('whole, at least 1, and never more than the disks are large', () => {
    const sizes = fc.nat({ max: 2 ** 45 })
    const disks = fc.array(fc.record({ allocatedBytes: sizes, virtualBytes: sizes }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(disks, some => {
        const size = sizeMb(some)
        const largest = some.reduce((sum, { virtualBytes }) => sum + virtualBytes, 0)
        return Number.isSafeInteger(size) && size >= 1 && size <= Math.max(1, Math.ceil(largest / MIB))
      }),
    )
  })
})

describe('a name', () => {
  const name = new RegExp(SNAPSHOT_NAME)
  for (const good of ['a', 'A-z_0', '-', '_', '9'.repeat(255)]) {
    test(`${good.slice(0, 12)} (${good.length})`, () => assert.match(good, name))
  }
  for (const bad of ['', 'a'.repeat(256), 'a b', '../x', 'a/b', 'a\n', 'a\0', 'é', '٣', '$(x)', 'a.b', '{{7*7}}']) {
    test(`not ${JSON.stringify(bad.slice(0, 12))}`, () => assert.doesNotMatch(bad, name))
  }
})
