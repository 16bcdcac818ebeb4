import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { digestOf } from './digest.mjs'
import { findNode } from './node.mjs'
import { projectFolder, runStep, Stop, say } from './setup.mjs'

export const consoleFolder = path.join(projectFolder, 'packages/console')

/** All that the built console is made of. */
const sources = [
  ...['build', 'index.html', 'messages', 'serve', 'src', 'vite.config.ts'].map(name => `packages/console/${name}`),
  ...['languages', 'samples', 'session'].map(name => `packages/docs/src/${name}.ts`),
  ...['en', 'es', 'tr', 'ar', 'ne', 'ig'].map(code => `packages/docs/content/${code}/errors.json`),
  'packages/sdk/src',
  'package-lock.json',
]

export function consoleDigest() {
  // Compiled from the messages.
  return digestOf(projectFolder, sources, ['paraglide'])
}

/** The built console is not committed, so it is made where it is missing or older than its sources. */
export function consoleIsStale() {
  const file = path.join(consoleFolder, 'dist/digest')
  return !existsSync(file) || readFileSync(file, 'utf8') !== consoleDigest()
}

/** @throws Stop when it cannot be built. */
export async function buildConsole() {
  say('Building the console (some seconds) …')
  const code = await runStep(findNode(), [path.join(consoleFolder, 'build/main.ts')])
  if (code !== 0) throw new Stop(`The console could not be built: exit code ${code} (see above).`)
}
