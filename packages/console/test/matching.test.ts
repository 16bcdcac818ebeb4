/** What a few typed letters mean. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matching } from '../src/palette/matching.ts'

const found = (things: string[], typed: string) => matching(things, typed, thing => thing)

test('nothing typed: all, as they are', () => {
  assert.deepEqual(found(['b', 'a'], '  '), ['b', 'a'])
})

test('every word must be somewhere, in any order', () => {
  assert.deepEqual(found(['web-server-01', 'db-server-01'], '01 web'), ['web-server-01'])
  assert.deepEqual(found(['web-server-01'], 'web 02'), [])
})

test('what begins with it comes first, then what has a word that does', () => {
  assert.deepEqual(found(['my-data', 'a data', 'data'], 'data'), ['data', 'my-data', 'a data'])
  assert.deepEqual(found(['undata', 'my-data'], 'data'), ['my-data', 'undata'])
})

test('marks and case do not count', () => {
  assert.deepEqual(found(['Dil: Türkçe', 'Asụsụ: Igbo'], 'turkce'), ['Dil: Türkçe'])
  assert.deepEqual(found(['IŞIK'], 'ışık'), ['IŞIK'])
})

test('signs are nothing but signs', () => {
  assert.deepEqual(found(['a.b', 'axb', 'c (d)'], 'a.b'), ['a.b'])
  assert.deepEqual(found(['c (d)'], '(d)'), ['c (d)'])
  assert.deepEqual(found(['[x]'], '['), ['[x]'])
})
