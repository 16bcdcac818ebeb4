/** Style, scripts and fonts, each under a name with the hash of its content: what has such a name never changes. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

export const ASSETS = '/docs/assets/'

export interface Asset {
  /** Below `ASSETS`. */
  readonly name: string
  readonly type: string
  readonly body: Buffer
}

export interface Assets {
  readonly byName: ReadonlyMap<string, Asset>
  readonly style: string
  /** Runs before anything is shown. */
  readonly theme: string
  readonly script: string
  /** The font that every page needs. */
  readonly font: string
}

/** Package, and those of its subsets that the six languages need: Igbo's ị, ọ and ụ are in the Vietnamese one. */
const fonts = [
  { package: '@fontsource-variable/noto-sans', file: 'noto-sans', subsets: ['latin', 'latin-ext', 'vietnamese'] },
  { package: '@fontsource-variable/noto-sans-arabic', file: 'noto-sans-arabic', subsets: ['arabic'] },
  { package: '@fontsource-variable/noto-sans-devanagari', file: 'noto-sans-devanagari', subsets: ['devanagari'] },
]

export function readAssets(): Assets {
  const byName = new Map<string, Asset>()
  const add = (stem: string, extension: string, type: string, body: Buffer) => {
    const hash = createHash('sha256').update(body).digest('hex').slice(0, 16)
    const name = `${stem}.${hash}.${extension}`
    byName.set(name, { name, type, body })
    return ASSETS + name
  }
  const faces = fonts.flatMap(({ package: name, file, subsets }) => {
    const folder = path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
    const ranges = JSON.parse(readFileSync(path.join(folder, 'unicode.json'), 'utf8')) as Record<string, string>
    return subsets.map(subset => {
      const body = readFileSync(path.join(folder, 'files', `${file}-${subset}-wght-normal.woff2`))
      return { address: add(`${file}-${subset}`, 'woff2', 'font/woff2', body), range: ranges[subset] ?? '' }
    })
  })
  // One family: the browser takes from each file the letters that are its own.
  const rules = faces.map(
    ({ address, range }) =>
      `@font-face{font-family:"Noto Sans";font-style:normal;font-display:swap;font-weight:100 900;src:url(${address}) format("woff2");unicode-range:${range}}`,
  )
  const client = (file: string) => readFileSync(path.resolve(import.meta.dirname, '../client', file))
  const style = Buffer.concat([Buffer.from(`${rules.join('\n')}\n`), client('docs.css')])
  const script = 'text/javascript; charset=utf-8'
  return {
    byName,
    style: add('docs', 'css', 'text/css; charset=utf-8', style),
    theme: add('theme', 'js', script, client('theme.mjs')),
    script: add('docs', 'js', script, client('docs.mjs')),
    font: faces[0]?.address ?? '',
  }
}
