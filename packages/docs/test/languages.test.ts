import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Prose } from '../src/content.ts'
import { languageOf, languages, numberIn, pluralFormsOf, preferred } from '../src/languages.ts'

const language = (code: string) => languageOf(code) ?? assert.fail(code)

test('the language that the reader wants most, of those that there are', () => {
  const cases: [header: string | undefined, wanted: string | undefined][] = [
    ['es', 'es'],
    ['es-MX,es;q=0.9,en;q=0.8', 'es'],
    ['en;q=0.5, ar', 'ar'],
    ['tr;q=0, ne', 'ne'],
    ['tr;q=0', undefined],
    ['de, fr', undefined],
    ['*', undefined],
    ['IG', 'ig'],
    [undefined, undefined],
    [';;;q=,,=', undefined],
  ]
  for (const [header, wanted] of cases) assert.equal(preferred(header, languages)?.code, wanted, header)
  assert.equal(preferred('tr, es', [language('en'), language('es')])?.code, 'es')
})

test('numbers are in the digits of the language', () => {
  assert.equal(numberIn(language('ne'), 1205), '१,२०५')
  assert.equal(numberIn(language('ar'), 12), '12')
  assert.equal(numberIn(language('es'), 12), '12')
})

test('numbers bring the forms that the language has', () => {
  const forms = Object.fromEntries(languages.map(one => [one.code, pluralFormsOf(one)]))
  assert.deepEqual(forms, {
    en: ['one', 'other'],
    es: ['many', 'one', 'other'],
    tr: ['one', 'other'],
    ar: ['few', 'many', 'one', 'other', 'two', 'zero'],
    ne: ['one', 'other'],
    ig: ['other'],
  })
  const texts = new Map(pluralFormsOf(language('ar')).map(form => [`m.${form}`, `${form} {count}`]))
  const prose = new Prose(language('ar'), texts)
  const counts = [0, 1, 2, 3, 11, 100].map(count => prose.plural('m', count))
  assert.deepEqual(counts, ['zero 0', 'one 1', 'two 2', 'few 3', 'many 11', 'other 100'])
})

test('a text that is missing is an error, unless they are gathered', () => {
  const prose = new Prose(language('en'), new Map([['a', 'A {x} {y}']]))
  assert.equal(prose.get(['b', 'a'], { x: 1000, y: '<b>' }), 'A 1,000 <b>')
  assert.throws(() => prose.get('b'), /en: there is no text for "b"/)
  prose.missing = new Set()
  assert.equal(prose.get('b'), 'b')
  assert.deepEqual([...prose.missing, ...prose.used], ['b', 'a'])
})
