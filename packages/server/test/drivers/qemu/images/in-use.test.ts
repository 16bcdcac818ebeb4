/** What the kernel's list of locks tells. That QEMU's locks are in it is proven with a QEMU (in-place.test.ts). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isWrittenByQemu, placeOf } from '../../../../src/drivers/qemu/images/in-use.ts'

const cases: readonly (readonly [line: string, isWritten: boolean])[] = [
  ['1: OFDLCK ADVISORY  READ -1 fe:00:1234 101 101', true],
  ['1: OFDLCK ADVISORY  READ -1 fe:00:1234 100 103', true],
  ['1: OFDLCK ADVISORY  READ -1 fe:00:1234 103 103', true],
  ['1: OFDLCK ADVISORY  WRITE -1 fe:00:1234 0 EOF', true],
  ['1: OFDLCK ADVISORY  READ -1 fe:00:1234 100 100', false],
  ['1: OFDLCK ADVISORY  READ -1 fe:00:1234 201 203', false],
  ['1: OFDLCK ADVISORY  READ -1 fe:00:12345 101 101', false],
  ['1: OFDLCK ADVISORY  READ -1 fe:01:1234 101 101', false],
  ['1: POSIX  ADVISORY  WRITE 77 fe:00:1234 0 EOF', false],
  ['1: -> OFDLCK ADVISORY  READ -1 fe:00:1234 101 101', false],
  ['', false],
]

test('only a lock that stands for writing counts, on this very file', () => {
  for (const [line, isWritten] of cases) assert.equal(isWrittenByQemu(`${line}\n`, 'fe:00:1234'), isWritten, line)
  assert.equal(isWrittenByQemu(cases.map(([line]) => line).join('\n'), 'fe:00:1234'), true)
})

test('devices are written as the kernel does', () => {
  assert.equal(placeOf({ dev: 0xfe00n, ino: 7n }), 'fe:00:7')
  assert.equal(placeOf({ dev: 0x1n, ino: 7n }), '00:01:7')
  // makedev(0x1234, 0x56789), as glibc has it.
  assert.equal(placeOf({ dev: 0x0000_1000_5672_3489n, ino: 7n }), '1234:56789:7')
})
