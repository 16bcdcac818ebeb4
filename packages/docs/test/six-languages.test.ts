import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problemsOf } from '../src/check.ts'
import { languages } from '../src/languages.ts'

test('all six languages are whole', () => {
  const problems = languages.flatMap(language => problemsOf(language).map(problem => `${language.code}: ${problem}`))
  assert.deepEqual(problems, [])
})
