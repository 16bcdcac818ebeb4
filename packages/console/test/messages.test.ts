/** Every text in every language: there, used, whole, and not forgotten in English. */
import assert from 'node:assert/strict'
import { globSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { languages, pluralFormsOf } from '@restpoint/docs/languages'

const packageFolder = path.resolve(import.meta.dirname, '..')
const folder = path.join(packageFolder, 'messages')

interface Variants {
  readonly declarations: readonly string[]
  readonly selectors: readonly string[]
  readonly match: Readonly<Record<string, string>>
}
type Message = string | readonly [Variants]

const read = (code: string, area: string) =>
  JSON.parse(readFileSync(path.join(folder, code, area), 'utf8')) as Record<string, Message>
const areas = readdirSync(path.join(folder, 'en')).toSorted()
const all = new Map(
  languages.map(({ code }) => [
    code as string,
    new Map(areas.flatMap(area => Object.entries(read(code, area)).map(([key, message]) => [key, message] as const))),
  ]),
)
const english = all.get('en') ?? assert.fail()

test('every language has the same files', () => {
  for (const { code } of languages) assert.deepEqual(readdirSync(path.join(folder, code)).toSorted(), areas, code)
})

test('no key is in two files', () => {
  const keys = areas.flatMap(area => Object.keys(read('en', area)))
  assert.deepEqual(
    keys.filter((key, index) => keys.indexOf(key) !== index),
    [],
  )
})

test('every text is there in every language, and no other', () => {
  for (const [code, messages] of all)
    assert.deepEqual([...messages.keys()].toSorted(), [...english.keys()].toSorted(), code)
})

test('every text is used', () => {
  const code = globSync('src/**/*.{ts,tsx}', { cwd: packageFolder })
    .filter(file => !file.startsWith('src/paraglide/'))
    .map(file => readFileSync(path.join(packageFolder, file), 'utf8'))
    .join('\n')
  const used = new Set([...code.matchAll(/\bm\.(\w+)/g)].map(([, key]) => key))
  assert.deepEqual(
    [...english.keys()].filter(key => !used.has(key)),
    [],
  )
})

test('what depends on a number has every form that its language has', () => {
  for (const language of languages) {
    for (const [key, message] of all.get(language.code) ?? []) {
      if (typeof message === 'string') continue
      const [{ declarations, selectors, match }] = message
      const original = english.get(key)
      assert.ok(Array.isArray(original), `${language.code} ${key}: is no plural in English`)
      const { match: _, ...wanted } = original[0]
      assert.deepEqual({ declarations, selectors }, wanted, key)
      assert.deepEqual(
        Object.keys(match).toSorted(),
        pluralFormsOf(language).map(form => `form=${form}`),
        `${language.code} ${key}`,
      )
    }
  }
})

test('what is put into a text is the same in every language', () => {
  for (const [code, messages] of all) {
    for (const [key, message] of messages) {
      if (typeof message !== 'string') continue
      assert.deepEqual(placeholdersIn(message), placeholdersIn(english.get(key) as string), `${code} ${key}`)
    }
  }
})

test('no text is the same in two languages, unless that is meant', () => {
  const meant = (JSON.parse(readFileSync(path.join(folder, 'same.json'), 'utf8')) as { text: string }[]).map(
    ({ text }) => text,
  )
  const same = new Set<string>()
  const said: string[] = []
  for (const key of english.keys()) {
    const texts = [...all].flatMap(([code, messages]) =>
      [...new Set(textsOf(messages.get(key)))].map(text => ({ code, text })),
    )
    for (const { code, text } of texts) {
      const others = texts.filter(other => other.text === text && other.code !== code)
      if (others.length === 0 || !/\p{L}{2}/u.test(text.replaceAll(/\{\w+\}/g, ''))) continue
      if (meant.includes(text)) same.add(text)
      else said.push(`${key}: "${text}" in ${code} and ${others.map(other => other.code).join(', ')}`)
    }
  }
  assert.deepEqual(said, [])
  assert.deepEqual(
    meant.filter(text => !same.has(text)),
    [],
    'listed in same.json, but in one language alone',
  )
})

test('Nepali has its own digits, every other language those of ASCII', () => {
  for (const [code, messages] of all) {
    for (const [key, message] of messages) {
      for (const text of textsOf(message)) {
        const stray = code === 'ne' ? /[0-9\u0660-\u0669]/ : /[\u0966-\u096f\u0660-\u0669]/
        assert.doesNotMatch(text, stray, `${code} ${key}`)
      }
    }
  }
})

function textsOf(message: Message | undefined): string[] {
  if (message === undefined) return []
  return typeof message === 'string' ? [message] : Object.values(message[0].match)
}

function placeholdersIn(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).toSorted()
}
