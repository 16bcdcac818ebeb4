import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BadJson, MAX_DEPTH, parseJson } from '../../src/http/json.ts'

const parse = (text: string) => parseJson(Buffer.from(text))
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

test('whatever JSON.stringify writes is read back', () => {
  const names = fc.string({ unit: 'grapheme' }).filter(name => name !== '__proto__' && !name.includes('\0'))
  const { tree } = fc.letrec(tie => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.oneof(names, fc.integer(), fc.boolean(), fc.constant(null)),
      fc.array(tie('tree')),
      fc.dictionary(names, tie('tree'), { noNullPrototype: true }),
    ),
  }))
  fc.assert(fc.property(tree, value => assert.deepEqual(parse(JSON.stringify(value, null, 1)), value)))
})

const refused: Record<string, string | Buffer> = {
  'not JSON': '{"a":1',
  'a trailing comma': '[1,]',
  'nothing but a space': ' ',
  'bad UTF-8': Buffer.from([0x22, 0xff, 0xfe, 0x22]),
  'overlong UTF-8': Buffer.from([0x22, 0xc0, 0x80, 0x22]),
  'UTF-16': Buffer.from('{"a":1}', 'utf16le'),
  'a name twice': '{"a":1,"b":2,"a":3}',
  'a name twice, once escaped': '{"a":1,"\\u0061":3}',
  'a name twice in an inner object': '[{"x":{"a":1,"a":2}}]',
  'the name __proto__': '{"__proto__":{"admin":true}}',
  'an escaped __proto__': '{"\\u005f_proto__" : 1}',
  'an inner __proto__': '{"a":[{"__proto__":1}]}',
  'too deep': nested(MAX_DEPTH + 1),
  'far too deep': nested(30_000),
  'a NUL in a string': '{"a":"x\\u0000"}',
  'half a surrogate pair': '{"a":"\\ud800"}',
  'half a surrogate pair in a name': '{"\\udc00":1}',
}

for (const [what, text] of Object.entries(refused)) {
  test(`refused: ${what}`, () => assert.throws(() => parseJson(Buffer.from(text as string)), BadJson))
}

const accepted: Record<string, [string, unknown]> = {
  'the same name in two objects': [
    '[{"a":1},{"a":2},{"b":{"a":1},"a":1}]',
    [{ a: 1 }, { a: 2 }, { b: { a: 1 }, a: 1 }],
  ],
  'a value that looks like a name': ['{"a":"a","b":["a","a"]}', { a: 'a', b: ['a', 'a'] }],
  'brackets and quotes in strings': ['{"a":"{\\"a\\":1,[[[","b":"}\\\\"}', { a: '{"a":1,[[[', b: '}\\' }],
  'the value __proto__': ['{"a":"__proto__"}', { a: '__proto__' }],
  'as deep as it may be': [nested(MAX_DEPTH), JSON.parse(nested(MAX_DEPTH))],
  'a byte order mark': ['\ufeff{"a":1}', { a: 1 }],
  'a whole surrogate pair': ['{"a":"\\ud83d\\ude00"}', { a: '😀' }],
}

for (const [what, [text, value]] of Object.entries(accepted)) {
  test(`accepted: ${what}`, () => assert.deepEqual(parse(text), value))
}
