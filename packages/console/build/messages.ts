/** Compiles messages/LANG/*.json into functions below src/paraglide/, where they are not what they were compiled from. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { languages, source } from '@restpoint/docs/languages'
import { digestOf } from '../../../scripts/lib/digest.mjs'

const packageFolder = path.resolve(import.meta.dirname, '..')
const sources = ['messages', 'build/messages.ts', 'package.json']
const project = path.join(packageFolder, 'project.inlang')
const outdir = path.join(packageFolder, 'src/paraglide')
const stamp = path.join(outdir, 'digest')

export async function compileMessages(): Promise<void> {
  const digest = digestOf(packageFolder, sources)
  if (readStamp() === digest) return
  writeProject()
  const { compile } = await import('@inlang/paraglide-js')
  await compile({
    project,
    outdir,
    // Which language is shown is the console's own matter: src/language/language.ts tells the runtime.
    strategy: ['globalVariable', 'baseLocale'],
    emitGitIgnore: false,
    emitPrettierIgnore: false,
    emitReadme: false,
  })
  writeFileSync(stamp, digest)
}

/** What the compiler is told by a file: which languages and areas there are. Its plugin is ours, not one from a CDN. */
function writeProject(): void {
  const areas = readdirSync(path.join(packageFolder, 'messages/en')).toSorted()
  const settings = {
    baseLocale: source.code,
    locales: languages.map(({ code }) => code),
    telemetry: 'off',
    modules: ['../../node_modules/@inlang/plugin-message-format/dist/index.js'],
    'plugin.inlang.messageFormat': { pathPattern: areas.map(area => `./messages/{locale}/${area}`) },
  }
  mkdirSync(project, { recursive: true })
  writeFileSync(path.join(project, 'settings.json'), JSON.stringify(settings))
}

function readStamp(): string | undefined {
  try {
    return readFileSync(stamp, 'utf8')
  } catch {
    return undefined
  }
}

if (import.meta.main) await compileMessages()
