/** The console's own texts: what a reader of a language finds things by. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const packages = path.resolve(import.meta.dirname, '../../../packages')

export type Words = ReturnType<typeof wordsOf>

export function wordsOf(code: string) {
  const messages = messagesOf(code)
  /** A text with its gaps filled in. Not for those that depend on a number. */
  return (key: string, values: Readonly<Record<string, string>> = {}): string => {
    const message = messages.get(key)
    assert.equal(typeof message, 'string', `${key} is no plain text in ${code}`)
    return (message as string).replaceAll(
      /\{(\w+)\}/g,
      (_, name: string) => values[name] ?? assert.fail(`${key}: ${name}`),
    )
  }
}

/** Key → text, or its forms. */
export function messagesOf(code: string): ReadonlyMap<string, unknown> {
  const folder = path.join(packages, 'console/messages', code)
  const files = readdirSync(folder).map(file => JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as object)
  return new Map(files.flatMap(file => Object.entries(file)))
}

/** What the catalogue of errors says of one. */
export function errorWords(code: string, error: string): { readonly title: string; readonly remedy: string } {
  const file = path.join(packages, 'docs/content', code, 'errors.json')
  return JSON.parse(readFileSync(file, 'utf8'))[error] ?? assert.fail(`${error} is not told in ${code}`)
}

/** A name as it stands in a sentence: kept apart, whichever way it is written. */
export function isolated(name: string): string {
  return `\u2068${name}\u2069`
}
