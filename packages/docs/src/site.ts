/**
 * The documentation as the service serves it: `/docs/{lang}/…`, from content that is read once and pages that are made
 * when they are first asked for. Knows no HTTP server; `respond` says what to answer.
 */
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { readAnswers } from './answers.ts'
import { ASSETS, readAssets } from './assets.ts'
import { ORIGIN } from './code.ts'
import { contentFolder, missingFiles, missingTexts, readContent } from './content.ts'
import { type OpenApi, structureOf } from './document.ts'
import { Edition } from './edition.ts'
import { type Language, languages, preferred, source } from './languages.ts'
import type { Catalogue } from './prose-page.ts'

export interface SiteOptions {
  /** The OpenAPI document. */
  readonly document: unknown
  readonly errors: Catalogue
  /** Where the languages' folders are, if not in this package. */
  readonly folder?: string
}

export interface Asked {
  /** With its slashes. */
  readonly path: string
  readonly query: Readonly<Record<string, unknown>>
  /** Of the service, as the reader reaches it: scheme and host. Must have been looked at: it is written into samples. */
  readonly origin: string
  readonly acceptLanguage: string | undefined
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

export interface Site {
  /** Those whose folder is whole. */
  readonly languages: readonly Language[]
  readonly editions: ReadonlyMap<string, Edition>
  respond(asked: Asked): Answer
}

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const QUERY_MAX = 200

/** @throws Error for a text or a file that the languages' folders do not have. */
export function openSite({ document, errors, folder = contentFolder }: SiteOptions): Site {
  const structure = structureOf(document as OpenApi)
  const nouns = structure.nouns.map(({ name }) => name)
  const assets = readAssets()
  const there = new Set(readdirSync(folder))
  const read = (language: Language) => readContent(language, path.join(folder, language.code), nouns)
  const english = read(source)
  // What is being translated is not shown until it is all there.
  const contents = languages
    .filter(({ code }) => there.has(code) && missingFiles(path.join(folder, code), nouns).length === 0)
    .map(read)
    .filter(content => missingTexts(english, content).length === 0)
  const whole = contents.map(({ language }) => language)
  const parts = { structure, errors, answers: readAnswers(), assets }
  const editions = new Map(contents.map(content => [content.language.code, new Edition(content, parts)]))
  return { languages: whole, editions, respond }

  function respond(asked: Asked): Answer {
    if (asked.path.startsWith(ASSETS)) return asset(asked.path.slice(ASSETS.length)) ?? notFound(asked, undefined)
    const [, , code = '', ...rest] = asked.path.split('/')
    const edition = editions.get(code)
    if (code === '') return redirect(`/docs/${wanted(asked).language.code}/`, { vary: 'accept-language' })
    if (!edition) return notFound(asked, undefined)
    if (rest.at(-1) !== '') return redirect(`${asked.path}/${queryOf(asked)}`)
    const name = rest.slice(0, -1).join('/') || 'home'
    if (name === 'search') return found(edition.search(text(asked.query['q']), whole), asked, edition)
    const page = edition.read(name, whole)
    return page === undefined ? notFound(asked, edition) : found(page, asked, edition)
  }

  function asset(name: string): Answer | undefined {
    const found = assets.byName.get(name)
    return (
      found && {
        status: 200,
        headers: { 'content-type': found.type, 'cache-control': 'public, max-age=31536000, immutable' },
        body: found.body,
      }
    )
  }

  function wanted({ acceptLanguage }: Asked): Edition {
    return editions.get(preferred(acceptLanguage, whole)?.code ?? source.code) as Edition
  }

  function notFound(asked: Asked, edition: Edition | undefined): Answer {
    const told = edition ?? wanted(asked)
    return found(told.notFound(whole), asked, told, 404)
  }
}

function found(page: string, { origin }: Asked, { language }: Edition, status = 200): Answer {
  const body = page.replaceAll(ORIGIN, origin)
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-language': language.code,
      'content-security-policy': POLICY,
      'referrer-policy': 'no-referrer',
      // It may have changed with the next version of the service: ask, and be told that it has not.
      'cache-control': 'no-cache',
      ...(status === 200 ? { etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` } : {}),
    },
    body,
  }
}

function redirect(location: string, more: Record<string, string> = {}): Answer {
  return { status: 302, headers: { location, 'cache-control': 'no-cache', ...more }, body: '' }
}

function queryOf({ query }: Asked): string {
  const q = text(query['q'])
  return q === '' ? '' : `?q=${encodeURIComponent(q)}`
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim().slice(0, QUERY_MAX) : ''
}
