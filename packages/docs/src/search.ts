/**
 * Search in one language: an index in memory of the parts of all pages, made from what the pages show. Letters are
 * compared without case, accents and the forms that one Arabic letter has; a word matches whatever contains it, so that
 * articles and endings that are written on to a word do not hide it.
 */
import type { Html } from './html.ts'

export interface Entry {
  readonly page: string
  /** Of the part of the page; empty: its beginning. */
  readonly anchor: string
  readonly pageTitle: string
  readonly title: string
  readonly text: string
}

export interface Hit {
  readonly entry: Entry
  /** Some of its text, in turns beside and in what was found: even places are beside it. */
  readonly excerpt: readonly string[]
  readonly title: readonly string[]
}

const EXCERPT = 180
const MOST = 30
const MOST_WORDS = 8

interface Indexed {
  readonly entry: Entry
  readonly title: string
  readonly text: string
}

export class SearchIndex {
  readonly #entries: readonly Indexed[]

  constructor(entries: readonly Entry[]) {
    this.#entries = entries.map(entry => ({ entry, title: fold(entry.title), text: fold(entry.text) }))
  }

  /** Parts that have every word, the best first. */
  find(query: string): Hit[] {
    const words = wordsOf(query)
    if (words.length === 0) return []
    return this.#entries
      .map(indexed => ({ indexed, score: scoreOf(indexed, words) }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score)
      .slice(0, MOST)
      .map(({ indexed: { entry } }) => ({
        entry,
        title: marked(entry.title, words),
        excerpt: marked(around(entry.text, words), words),
      }))
  }
}

export function wordsOf(query: string): string[] {
  return [...new Set(fold(query).split(/[^\p{L}\p{M}\p{N}_:/-]+/u))].filter(word => word !== '').slice(0, MOST_WORDS)
}

/** Every word must be in it; in the title it weighs most, as a whole word more than as a part of one. */
function scoreOf({ title, text }: Indexed, words: readonly string[]): number {
  let score = 0
  for (const word of words) {
    const found = weight(title, word) * 10 + weight(text, word)
    if (found === 0) return 0
    score += found
  }
  return score
}

function weight(text: string, word: string): number {
  const at = text.indexOf(word)
  if (at < 0) return 0
  const starts = at === 0 || !isLetter(text[at - 1])
  const ends = !isLetter(text[at + word.length])
  return 1 + Number(starts) + Number(starts && ends)
}

function isLetter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{M}\p{N}_]/u.test(character)
}

/** Harakat, tatweel, and the joiners and isolates that nobody sees; of Devanagari the dot below. Its vowel signs are letters. */
const dropped = /[\u0300-\u036f\u0640\u064b-\u065f\u0670\u093c\u200b-\u200f\u2066-\u2069]/u

const same: Readonly<Record<string, string>> = {
  ى: 'ي',
  ة: 'ه',
  ٱ: 'ا',
  ı: 'i',
  // Chandrabindu and anusvara: written for one another.
  '\u0901': '\u0902',
  '’': "'",
}

function foldCharacter(character: string): string {
  let folded = ''
  for (const part of character.normalize('NFKD').toLowerCase().normalize('NFKD')) {
    if (!dropped.test(part)) folded += same[part] ?? digit(part)
  }
  return folded
}

/** Whatever digits it is written with. */
function digit(character: string): string {
  const code = character.charCodeAt(0)
  for (const zero of [0x0966, 0x0660, 0x06f0]) if (code >= zero && code <= zero + 9) return String(code - zero)
  return character
}

export function fold(text: string): string {
  return Array.from(text, foldCharacter).join('')
}

/** The text cut at the edges of what was found. */
function marked(text: string, words: readonly string[]): string[] {
  let folded = ''
  /** Place in the folded text → place in the text. */
  const places: number[] = []
  let at = 0
  for (const character of text) {
    const piece = foldCharacter(character)
    for (let index = 0; index < piece.length; index++) places.push(at)
    folded += piece
    at += character.length
  }
  places.push(text.length)
  const inside = Array.from({ length: text.length }, () => false)
  for (const word of words) {
    for (let found = folded.indexOf(word); found >= 0; found = folded.indexOf(word, found + word.length)) {
      inside.fill(true, places[found], places[found + word.length])
    }
  }
  const parts: string[] = []
  let from = 0
  for (let index = 0; index <= text.length; index++) {
    if (index < text.length && inside[index] === (parts.length % 2 === 1)) continue
    parts.push(text.slice(from, index))
    from = index
  }
  return parts
}

/** A piece of the text with the first of the words in it, cut between words. */
function around(text: string, words: readonly string[]): string {
  if (text.length <= EXCERPT) return text
  const [before = ''] = marked(text, words)
  const first = before.length === text.length ? 0 : before.length
  const from = first < 60 ? 0 : text.indexOf(' ', first - 60) + 1
  const to = text.length - from <= EXCERPT ? text.length : Math.max(from, text.lastIndexOf(' ', from + EXCERPT))
  return `${from > 0 ? '… ' : ''}${text.slice(from, to)}${to < text.length ? ' …' : ''}`
}

/** A page's parts, from its HTML: a heading with an id begins one. Samples are left out. */
export function entriesOf(page: string, pageTitle: string, main: Html): Entry[] {
  const prose = main.text.replace(/<(pre|fieldset|figure)\b[^]*?<\/\1>/g, ' ')
  const pieces = prose.split(/<h[123] id="([^"]+)">([^]*?)<\/h[123]>/)
  const entries: Entry[] = []
  for (let index = 1; index < pieces.length; index += 3) {
    const [anchor = '', title = '', text = ''] = pieces.slice(index, index + 3)
    // Of an operation, the parts of its own heading are its parts.
    const last = entries.at(-1)
    if (anchor.includes('.') && last) entries[entries.length - 1] = { ...last, text: `${last.text} ${textIn(text)}` }
    else entries.push({ page, anchor: index === 1 ? '' : anchor, pageTitle, title: textIn(title), text: textIn(text) })
  }
  return entries
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

function textIn(markup: string): string {
  return (
    markup
      // Code keeps its direction: LEFT-TO-RIGHT ISOLATE, POP DIRECTIONAL ISOLATE.
      .replaceAll(/<code\b[^>]*>/g, '\u2066')
      .replaceAll('</code>', '\u2069')
      .replaceAll(/<[^>]+>/g, tag => (/^<\/?(b|em|strong|a|span)\b/.test(tag) ? '' : ' '))
      .replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '')
      .replaceAll(/\s+/g, ' ')
      .trim()
  )
}
