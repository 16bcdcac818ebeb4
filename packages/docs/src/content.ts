/** What is written in a language: read from its folder, and asked for by key. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { type Language, numberIn, pluralFormOf } from './languages.ts'
import { prosePages } from './pages.ts'

export const contentFolder = path.resolve(import.meta.dirname, '../content')

/** The files of a language, relative to its folder. */
export function filesOf(nouns: readonly string[]): string[] {
  return [
    'messages.json',
    'errors.json',
    'reference/common.json',
    ...nouns.map(noun => `reference/${noun}.json`),
    ...prosePages.map(page => `pages/${page}.md`),
  ]
}

export function missingFiles(folder: string, nouns: readonly string[]): string[] {
  return filesOf(nouns).filter(file => !existsSync(path.join(folder, file)))
}

export interface Content {
  readonly language: Language
  readonly prose: Prose
  /** Page → Markdown. */
  readonly pages: ReadonlyMap<string, string>
  /** Where it was read from. */
  readonly folder: string
}

/** Keys that the source has and the translation has not; of a number's forms the one that every language has. */
export function missingTexts(english: Content, content: Content): string[] {
  return [...english.prose.texts.keys()].filter(
    key => !content.prose.texts.has(key) && !/\.(zero|one|two|few|many)$/.test(key),
  )
}

export function readContent(language: Language, folder: string, nouns: readonly string[]): Content {
  const texts = new Map<string, string>()
  const pages = new Map<string, string>()
  for (const file of filesOf(nouns)) {
    const text = readFileSync(path.join(folder, file), 'utf8')
    if (file.endsWith('.md')) pages.set(file.slice('pages/'.length, -'.md'.length), text)
    else
      for (const [key, leaf] of leavesOf(parsed(text, file)))
        texts.set(`${file.slice(0, -'.json'.length)}.${key}`, leaf)
  }
  return { language, prose: new Prose(language, texts), pages, folder }
}

/** Texts by key: the file without `.json`, then the way inside it, joined by dots. */
export class Prose {
  readonly language: Language
  readonly texts: ReadonlyMap<string, string>
  /** Keys that were asked for. */
  readonly used = new Set<string>()
  /** Keys that were asked for in vain, if they are gathered; else such a question throws. */
  missing: Set<string> | undefined

  constructor(language: Language, texts: ReadonlyMap<string, string>) {
    this.language = language
    this.texts = texts
  }

  /** The text of the first key that has one; its `{placeholders}` filled in, numbers in the digits of the language. */
  get(keys: string | readonly string[], values: Readonly<Record<string, string | number>> = {}): string {
    const [key] = [keys].flat().filter(name => this.texts.has(name))
    if (key === undefined) {
      const wanted = [keys].flat()[0] ?? ''
      if (!this.missing) throw new Error(`${this.language.code}: there is no text for "${wanted}"`)
      this.missing.add(wanted)
      return wanted
    }
    this.used.add(key)
    return (this.texts.get(key) ?? '').replace(/\{(\w+)\}/g, (placeholder, name: string) => {
      const value = values[name]
      return typeof value === 'number' ? numberIn(this.language, value) : (value ?? placeholder)
    })
  }

  has(key: string): boolean {
    return this.texts.has(key)
  }

  /** The form that goes with a number; `{count}` is the number. All forms count as used. */
  plural(key: string, count: number, values: Readonly<Record<string, string | number>> = {}): string {
    for (const name of this.texts.keys()) if (name.startsWith(`${key}.`)) this.used.add(name)
    return this.get(`${key}.${pluralFormOf(this.language, count)}`, { count, ...values })
  }
}

function* leavesOf(value: unknown, above = ''): Generator<[string, string]> {
  if (typeof value === 'string') yield [above, value]
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) yield* leavesOf(inner, above === '' ? name : `${above}.${name}`)
  } else throw new Error(`"${above}" is no text`)
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`${file} is not JSON: ${(error as Error).message}`)
  }
}
