import assert from 'node:assert/strict'
import { test } from 'node:test'
import { raw } from '../src/html.ts'
import { entriesOf, fold, SearchIndex } from '../src/search.ts'

/** Writings of the same word. */
const alike: readonly (readonly string[])[] = [
  ['Instantánea', 'instantanea', 'INSTANTÁNEA', 'instanta\u0301nea'],
  ['İŞLEM', 'işlem', 'islem', 'ıslem'],
  ['ndabere', 'Ndabere'],
  ['mepụta', 'meputa', 'MEPỤTA'],
  ['أمان', 'امان', 'إمان', 'آمان'],
  ['لقطة', 'لقطه', 'لُقْطَة', 'لقطـــة'],
  ['على', 'علي'],
  ['हुँदैछ', 'हुंदैछ'],
  ['१२', '12', '١٢'],
]

test('letters are compared without case, accents and forms', () => {
  for (const writings of alike) assert.equal(new Set(writings.map(fold)).size, 1, writings.join(' '))
  // Devanagari's vowel signs are letters.
  assert.notEqual(fold('की'), fold('का'))
})

const entry = (title: string, text: string) => ({ page: 'home', anchor: '', pageTitle: 'Home', title, text })
const index = new SearchIndex([
  entry('Restore a snapshot', 'Puts the server back.'),
  entry('Servers', 'A snapshot can be restored. '.repeat(20)),
  entry('Instantáneas', 'Una copia de un instante: la instantánea.'),
  entry('اللقطات', 'أنشئ لقطة قبل كل تغيير.'),
])
const titles = (query: string) => index.find(query).map(({ entry: { title } }) => title)

test('every word must be there, and titles come first', () => {
  assert.deepEqual(titles('restore snapshot'), ['Restore a snapshot', 'Servers'])
  assert.deepEqual(titles('snapshot nothing'), [])
  assert.deepEqual(titles('instantanea'), ['Instantáneas'])
  assert.deepEqual(titles('لقطه'), ['اللقطات'])
  for (const query of ['', '   ', '"', '…']) assert.deepEqual(titles(query), [])
})

test('what was found is marked where it stands, in its own writing', () => {
  const [hit] = index.find('INSTANTANEA')
  assert.deepEqual(hit?.title, ['', 'Instantánea', 's'])
  assert.deepEqual(hit?.excerpt, ['Una copia de un instante: la ', 'instantánea', '.'])
  const [, long] = index.find('snapshot')
  assert.ok((long?.excerpt.join('').length ?? 999) < 200)
  assert.equal(index.find('لقطة')[0]?.excerpt[1], 'لقطة')
  const code = new SearchIndex([entry('Code', 'See \u2066GET /servers/\u2069.')])
  assert.deepEqual(code.find('/servers/')[0]?.excerpt, ['See \u2066GET ', '/servers/\u2069', '.'])
})

test('a page is found by its parts, and samples are no prose', () => {
  const page = raw(
    '<h1 id="top">Title</h1><p>One &amp; <code dir="ltr">two</code></p><pre>hidden</pre>' +
      '<h2 id="a">Part</h2><p>three</p><h3 id="a.body">Body</h3><p>four</p><h2 id="b">Other</h2>',
  )
  assert.deepEqual(
    entriesOf('p', 'Title', page).map(({ anchor, title, text }) => [anchor, title, text]),
    [
      ['', 'Title', 'One & \u2066two\u2069'],
      ['a', 'Part', 'three four'],
      ['b', 'Other', ''],
    ],
  )
})
