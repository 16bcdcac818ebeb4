import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LineSplitter, LineTooLong, parseObject } from '../src/lines.ts'

test('lines come out whole, however the stream was cut', () => {
  const line = fc.string({ unit: 'grapheme' }).filter(text => !text.includes('\n'))
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(40)), (texts, cuts) => {
      const stream = Buffer.from(texts.map(text => `${text}\n`).join(''))
      const splitter = new LineSplitter(1000)
      const out: string[] = []
      let at = 0
      for (const cut of [...cuts, stream.length]) {
        out.push(...splitter.push(stream.subarray(at, at + cut)).map(String))
        at += cut
      }
      assert.deepEqual(out, texts)
    }),
  )
})

test('a line of the greatest length passes, one byte more does not, in one piece or in many', () => {
  assert.equal(new LineSplitter(4).push(Buffer.from('1234\n')).length, 1)
  assert.throws(() => new LineSplitter(4).push(Buffer.from('12345\n')), LineTooLong)
  const splitter = new LineSplitter(4)
  for (const byte of '1234') splitter.push(Buffer.from(byte))
  assert.throws(() => splitter.push(Buffer.from('5')), LineTooLong)
})

test('only objects are objects', () => {
  assert.deepEqual(parseObject(Buffer.from('{"a":1}')), { a: 1 })
  for (const text of ['', 'nonsense', '[]', 'null', '1', '"x"', '{']) assert.equal(parseObject(Buffer.from(text)), null)
})
