/** A translation beside its source, and beside the other languages. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Content } from './content.ts'

/** Code, placeholders and links are the same in every language; in a plural form the placeholder may be a word. */
export function differencesOfTexts(english: Content, content: Content): string[] {
  return [...content.prose.texts].flatMap(([key, text]) => {
    const original = english.prose.texts.get(key) ?? english.prose.texts.get(key.replace(/\.\w+$/, '.other'))
    if (original === undefined) return []
    const isPlural = /\.(zero|one|two|few|many)$/.test(key)
    return [
      ...different(key, 'the code', codesIn(original), codesIn(text)),
      ...different(key, 'the links', linksIn(original), linksIn(text)),
      ...(isPlural ? [] : different(key, 'the placeholders', placeholdersIn(original), placeholdersIn(text))),
    ]
  })
}

export function differencesOfPages(english: Content, content: Content): string[] {
  return [...content.pages].flatMap(([page, text]) => {
    const original = english.pages.get(page) ?? ''
    const file = `pages/${page}.md`
    return [
      ...different(file, 'the headings', headingsIn(original), headingsIn(text), false),
      ...different(file, 'the lines in braces', directivesIn(original), directivesIn(text), false),
      ...different(file, 'the code', codesIn(original), codesIn(text)),
      ...different(file, 'the links', linksIn(original), linksIn(text)),
    ]
  })
}

/** Which of several are missing or too many; where their order matters, whether it is the same. */
function different(where: string, what: string, wanted: string[], there: string[], asSet = true): string[] {
  const missing = wanted.filter(one => !there.includes(one))
  const added = there.filter(one => !wanted.includes(one))
  const said = [
    ...[...new Set(missing)].map(one => `${where}: ${what} "${one}" is missing`),
    ...[...new Set(added)].map(one => `${where}: ${what} "${one}" is not in the source`),
  ]
  if (said.length > 0 || asSet || wanted.join() === there.join()) return said
  return [`${where}: ${what} are in another order`]
}

const codesIn = (text: string) => found(text, /`([^`]+)`/g)
const linksIn = (text: string) => found(text, /\]\(([^)]+)\)/g)
const placeholdersIn = (text: string) => found(text.replaceAll(/`[^`]*`/g, ''), /\{(\w+)\}/g)
const headingsIn = (text: string) => found(text, /^(#+ .*)$/gm).map(line => line.replace(/ .*(\{#[\w.-]+\})$/, ' $1'))
const directivesIn = (text: string) => found(text, /^(\{[^}#]+\})$/gm)

function found(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, group = '']) => group)
}

/** A text that is meant to be the same as in another language: `same.json` of the language, if it has one. */
interface Same {
  readonly text: string
  readonly why: string
}

function intendedIn({ folder }: Content): string[] {
  const file = path.join(folder, 'same.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Same[]).map(({ text }) => text) : []
}

/** A text that says the same in two languages was forgotten in one of them, or is listed by one of them. */
export function sameTexts(content: Content, other: Content): string[] {
  const meant = [content, other].flatMap(intendedIn)
  const there = wordsBy(other)
  return [...wordsBy(content)]
    .filter(([where, text]) => there.get(where) === text && !meant.includes(text))
    .map(
      ([where, text]) =>
        `${where}: "${shortened(text)}" is the same in ${content.language.code} and ${other.language.code}`,
    )
}

/** What a language lists as meant, and no other language says. */
export function vainExceptions(content: Content, others: readonly Content[]): string[] {
  const own = new Set(wordsBy(content).values())
  const elsewhere = new Set(others.flatMap(other => [...wordsBy(other).values()]))
  return intendedIn(content)
    .filter(text => !own.has(text) || !elsewhere.has(text))
    .map(text => `same.json: "${shortened(text)}" is in no other language`)
}

const memory = new WeakMap<Content, ReadonlyMap<string, string>>()

/** Place → what is written there in words of a language: what is only code, numbers or a placeholder is left out. */
function wordsBy(content: Content): ReadonlyMap<string, string> {
  const known = memory.get(content)
  if (known) return known
  const places = new Map(content.prose.texts)
  for (const [page, text] of content.pages) {
    for (const [index, block] of blocksOf(text).entries()) places.set(`pages/${page}.md, part ${index + 1}`, block)
  }
  const words = new Map([...places].filter(([, text]) => /\p{L}{2}/u.test(proseOf(text))))
  memory.set(content, words)
  return words
}

/** Paragraphs, headings, entries of lists, rows of tables. */
function blocksOf(text: string): string[] {
  return text
    .split(/\n\s*\n|\n(?=[-|>#])/)
    .map(block => block.trim())
    .filter(block => block !== '' && !/^\{[^}]+\}$/.test(block))
}

/** Without what is never translated. */
function proseOf(text: string): string {
  return text
    .replaceAll(/`[^`]*`/g, '')
    .replaceAll(/\]\([^)]*\)/g, ']')
    .replaceAll(/\{#?[\w.-]+\}/g, '')
    .replaceAll(/\b(Restpoint|cloud-init|UUID|UEFI|OpenAPI|JSON|HTTP|API)\b/g, '')
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

const DEVANAGARI = /[\u0966-\u096f]/
const ARABIC = /[\u0660-\u0669\u06f0-\u06f9]/

/**
 * Nepali prose has Devanagari digits, except in what is written in Latin letters (RFC 9457, UTF-8); every other
 * language has ASCII's alone.
 */
export function strayDigits({ language, prose, pages }: Content): string[] {
  const places = [...prose.texts, ...[...pages].map(([page, text]): [string, string] => [`pages/${page}.md`, text])]
  return places.flatMap(([where, text]) => {
    if (language.code !== 'ne') {
      return DEVANAGARI.test(text) || ARABIC.test(text) ? [`${where}: digits here are 0 to 9`] : []
    }
    const stray = /(?<![A-Za-z0-9.:_-] ?|[A-Za-z0-9.:_-])[0-9]+/.exec(proseOf(text).replaceAll(/\([^)]*\)/g, ''))
    return stray || ARABIC.test(text) ? [`${where}: "${stray?.[0] ?? ''}" is not in Devanagari digits`] : []
  })
}
