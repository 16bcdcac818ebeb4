import { gzipSync } from 'node:zlib'
import type { Body } from '../entry.ts'

const JSON_TYPE = 'application/json'
const KIB = 1024
const LIMIT = 64 * KIB
const DEPTH = 10_000

/** Right in every respect, so that only what is around it can be wrong. */
const GOOD = '{"server_id":{server},"name":"corpus"}'

const nothing: Record<string, string> = { empty: '', 'an empty object': '{}' }
const unreadable = { isUnreadable: true }

const notJson: Record<string, string | Uint8Array> = {
  spaces: '   ',
  NUL: '\0',
  'an open brace': '{',
  'a closing brace': '}',
  'a cut-off object': '{"server_id":',
  'a cut-off string': '{"name":"cor',
  'a trailing comma': '{"server_id":{server},"name":"corpus",}',
  'single quotes': "{'server_id':{server},'name':'corpus'}",
  'bare keys': '{server_id:{server},name:"corpus"}',
  'a comment': '{"server_id":{server},/**/"name":"corpus"}',
  NaN: '{"server_id":NaN,"name":"corpus"}',
  Infinity: '{"server_id":Infinity,"name":"corpus"}',
  'a leading zero': '{"server_id":01,"name":"corpus"}',
  hexadecimal: '{"server_id":0x1,"name":"corpus"}',
  undefined: 'undefined',
  'two documents': `${GOOD}${GOOD}`,
  'something behind': `${GOOD};`,
  'a bare newline in a string': '{"server_id":{server},"name":"cor\npus"}',
  'a bad escape': '{"server_id":{server},"name":"\\x41"}',
  form: 'server_id={server}&name=corpus',
  XML: '<snapshot><name>corpus</name></snapshot>',
  'UTF-16': Buffer.from('{"server_id":1,"name":"corpus"}', 'utf16le'),
  'UTF-16 with a mark': Buffer.from('\ufeff{"server_id":1,"name":"corpus"}', 'utf16le'),
  'a compressed body': gzipSync('{"server_id":1,"name":"corpus"}'),
}

const notAnObject: Record<string, string> = {
  null: 'null',
  true: 'true',
  number: '1',
  string: '"corpus"',
  'an empty array': '[]',
  'an array of it': `[${GOOD}]`,
}

const notUtf8 = Object.entries({
  'a stray byte': [0xff],
  'a stray continuation': [0x80],
  'a cut-off sequence': [0xe2, 0x82],
  'an overlong slash': [0xc0, 0xaf],
  'half a surrogate pair': [0xed, 0xa0, 0x80],
  'beyond the last code point': [0xf5, 0x80, 0x80, 0x80],
}).flatMap(([what, bytes]) =>
  ['name', 'description'].map((field): [string, Uint8Array] => [
    `bad UTF-8 in ${field}: ${what}`,
    Buffer.concat([
      Buffer.from(`{"server_id":{server},"${field === 'name' ? 'description' : 'name'}":"corpus","${field}":"a`),
      Buffer.from(bytes),
      Buffer.from('"}'),
    ]),
  ]),
)

const tricky: Record<string, string> = {
  'a key twice, the second wrong': '{"server_id":{server},"name":"corpus","name":"not a name"}',
  'a key twice, both wrong': '{"server_id":{server},"name":"..","name":"a b"}',
  'a key twice by an escape': '{"server_id":{server},"name":"corpus","n\\u0061me":"not a name"}',
  'fields in __proto__': '{"__proto__":{"server_id":{server},"name":"corpus"}}',
  'one field in __proto__': '{"server_id":{server},"__proto__":{"name":"corpus"}}',
  'fields in constructor.prototype': '{"constructor":{"prototype":{"server_id":{server},"name":"corpus"}}}',
  'one field in constructor.prototype': '{"server_id":{server},"constructor":{"prototype":{"name":"corpus"}}}',
  'the prototype as a name': '{"server_id":{server},"name":{"__proto__":"corpus"}}',
  'keys in upper case': '{"SERVER_ID":{server},"NAME":"corpus"}',
  'camel case': '{"serverId":{server},"name":"corpus"}',
  'wrapped in data': `{"data":${GOOD}}`,
  'arrays to depth 10,000': '['.repeat(DEPTH) + ']'.repeat(DEPTH),
  'objects to depth 10,000': `${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`,
  'a name of depth 10,000': `{"server_id":{server},"name":${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}}`,
  'a description of depth 10,000': `{"server_id":{server},"name":"corpus","description":${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}}`,
  '5,000 keys': `{${Array.from({ length: 5000 }, (_, n) => `"k${n}":0`).join(',')}}`,
  'a number of 10,000 digits': `{"server_id":1${'0'.repeat(10_000)},"name":"corpus"}`,
}

const tooLarge: readonly Partial<Body>[] = [
  { what: '64 KiB and a byte', bytes: padded(LIMIT + 1) },
  { what: '70 KiB', bytes: padded(70 * KIB) },
  { what: '1 MiB', bytes: padded(KIB * KIB) },
  { what: '200 KiB in chunks', bytes: padded(200 * KIB), chunked: true },
  { what: '100 MB announced', bytes: padded(200 * KIB), declared: 100_000_000 },
  { what: '2^53 bytes announced', bytes: padded(200 * KIB), declared: 2 ** 53 - 1 },
  { what: '70 KiB of spaces', bytes: ' '.repeat(70 * KIB) },
]

const types: Record<string, string | null> = {
  'no type': null,
  text: 'text/plain',
  form: 'application/x-www-form-urlencoded',
  multipart: 'multipart/form-data; boundary=x',
  XML: 'application/xml',
  bytes: 'application/octet-stream',
  'text/json': 'text/json',
  'a longer word': 'application/jsonp',
  'a patch': 'application/json-patch+json',
  'lines of JSON': 'application/x-ndjson',
  'no type at all': 'json',
  'two types': 'text/plain, application/json',
  wildcard: '*/*',
}

function padded(length: number): string {
  const head = '{"server_id":1,"name":"corpus","description":"'
  return `${head}${'x'.repeat(length - head.length - 2)}"}`
}

const body = (
  what: string,
  bytes: string | Uint8Array,
  allowed: readonly number[],
  more: Partial<Body> = {},
): Body => ({
  where: 'body',
  what,
  bytes,
  type: JSON_TYPE,
  allowed,
  ...more,
})

export const bodyEntries: readonly Body[] = [
  ...Object.entries(nothing).map(([what, bytes]) => body(what, bytes, [400], { isNothing: true })),
  ...Object.entries(notJson).map(([what, bytes]) => body(what, bytes, [400], unreadable)),
  ...Object.entries({ ...notAnObject, ...tricky }).map(([what, bytes]) => body(what, bytes, [400])),
  ...notUtf8.map(([what, bytes]) => body(what, bytes, [400], unreadable)),
  ...tooLarge.map(({ what, bytes, ...more }) =>
    body(`too large: ${what}`, bytes ?? '', [413], { ...more, ...unreadable }),
  ),
  ...Object.entries(types).map(([what, type]) => body(`type: ${what}`, GOOD, [415], { type, ...unreadable })),
  body('type: UTF-16', GOOD, [400, 415], { type: 'application/json; charset=utf-16' }),
  body('an empty type', GOOD, [400, 415], { type: '' }),
  body('compressed, and said to be', gzipSync(GOOD), [400, 415], { headers: ['Content-Encoding: gzip'] }),
]
