import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SCROLLBACK_BYTES, Scrollback } from '../../src/terminals/scrollback.ts'

/** Numbers, so that each byte tells where it belongs. */
function numbers(from: number, length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => 0x20 + ((from + index) % 90)))
}

test('what was said is kept, in order, as long as there is room', () => {
  const scrollback = new Scrollback()
  assert.deepEqual([scrollback.read(), scrollback.said], [Buffer.alloc(0), 0])
  for (const word of ['one ', '', 'two ', 'three']) scrollback.append(Buffer.from(word))
  assert.equal(scrollback.read().toString(), 'one two three')
  assert.equal(scrollback.said, 13)
})

test('what is read stays as it was, whatever is said later', () => {
  const scrollback = new Scrollback()
  scrollback.append(numbers(0, SCROLLBACK_BYTES))
  const read = scrollback.read()
  scrollback.append(Buffer.alloc(SCROLLBACK_BYTES, '!'))
  assert.deepEqual(read, numbers(0, SCROLLBACK_BYTES))
})

for (const piece of [
  1,
  7,
  4096,
  65_536,
  SCROLLBACK_BYTES - 1,
  SCROLLBACK_BYTES,
  SCROLLBACK_BYTES + 1,
  SCROLLBACK_BYTES * 3 + 5,
]) {
  test(`the last ${SCROLLBACK_BYTES} bytes are kept, said ${piece} at a time`, () => {
    const scrollback = new Scrollback()
    let said = 0
    // A full ring, and then some; bytes one by one would take long.
    const total = piece === 1 ? SCROLLBACK_BYTES + 1000 : SCROLLBACK_BYTES * 2 + piece
    for (; said < total; said += piece) scrollback.append(numbers(said, piece))
    assert.equal(scrollback.said, said)
    assert.ok(scrollback.read().equals(numbers(said - SCROLLBACK_BYTES, SCROLLBACK_BYTES)))
  })
}

for (const character of ['é', 'ह', '𝄞']) {
  test(`what is left of "${character}" does not begin with half of it`, () => {
    const size = Buffer.byteLength(character)
    for (let shift = 0; shift < size; shift++) {
      const scrollback = new Scrollback()
      scrollback.append(Buffer.from(character.repeat(SCROLLBACK_BYTES)))
      scrollback.append(Buffer.alloc(shift, 'x'))
      const text = scrollback.read().toString()
      assert.doesNotMatch(text, /�/)
      assert.ok(scrollback.read().length > SCROLLBACK_BYTES - size)
    }
  })
}

test('bytes that are no text are kept as they are', () => {
  const scrollback = new Scrollback()
  scrollback.append(Buffer.alloc(SCROLLBACK_BYTES * 2, 0x80))
  assert.equal(scrollback.read().length, SCROLLBACK_BYTES - 3)
})
