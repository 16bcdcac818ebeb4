/**
 * The built console as the service serves it: one page for every address below `/console/`, and the files that it asks
 * for. Knows no HTTP server; `respond` says what to answer.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'

/** Where the build leaves a place for what is new in each page that is sent. */
export const NONCE = 'NONCE-OF-THIS-PAGE'

const ASSETS = '/console/assets/'
const builtFolder = path.resolve(import.meta.dirname, '../dist')

export interface Asked {
  /** With its slashes. */
  readonly path: string
  readonly acceptEncoding: string | undefined
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

export interface Console {
  respond(asked: Asked): Answer
}

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  woff2: 'font/woff2',
}

/** Nothing but the service's own files; style elements only from who knows this page's nonce. */
function policy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "font-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** Undefined where it was not built: `npm start` does that. Its files are read once, when they are first asked for. */
export function openConsole(folder = builtFolder): Console | undefined {
  const index = path.join(folder, 'index.html')
  if (!existsSync(index)) return undefined
  const page = readFileSync(index, 'utf8')
  const there = new Set(readdirSync(path.join(folder, 'assets')))
  const known = new Map<string, Buffer>()
  const read = (name: string) => {
    const body = known.get(name) ?? readFileSync(path.join(folder, 'assets', name))
    known.set(name, body)
    return body
  }
  return { respond: asked => (asked.path.startsWith(ASSETS) ? asset(asked) : document()) }

  function document(): Answer {
    const nonce = randomBytes(16).toString('base64')
    return {
      status: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': policy(nonce),
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
        // It names files that the next version of the service may not have.
        'cache-control': 'no-cache',
      },
      body: page.replaceAll(NONCE, nonce),
    }
  }

  function asset({ path: asked, acceptEncoding = '' }: Asked): Answer {
    const name = asked.slice(ASSETS.length)
    const type = types[path.extname(name).slice(1)]
    if (!there.has(name) || type === undefined) {
      return { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'There is no such file\n' }
    }
    const headers = {
      'content-type': type,
      'cache-control': 'public, max-age=31536000, immutable',
      'cross-origin-resource-policy': 'same-origin',
    }
    // Fonts are compressed by themselves.
    if (!there.has(`${name}.gz`)) return { status: 200, headers, body: read(name) }
    const encoding = /\bbr\b/.test(acceptEncoding) ? 'br' : /\bgzip\b/.test(acceptEncoding) ? 'gzip' : undefined
    const vary = { ...headers, vary: 'accept-encoding' }
    // Whoever takes neither is rare: what is kept in memory is small.
    if (encoding === undefined) return { status: 200, headers: vary, body: gunzipSync(read(`${name}.gz`)) }
    const body = read(`${name}.${encoding === 'br' ? 'br' : 'gz'}`)
    return { status: 200, headers: { ...vary, 'content-encoding': encoding }, body }
  }
}
