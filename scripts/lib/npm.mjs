import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { projectFolder, runStep, Stop, say } from './setup.mjs'

/** No package of ours needs its install script: better-sqlite3 comes with its binary, and so does the Node we add. */
const installation = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']

export const npmCommand = `npm ${installation.join(' ')}`

/**
 * Whether node_modules is not what package-lock.json says. npm writes node_modules/.package-lock.json when it has
 * finished, so it is absent after an interrupted installation. Optional packages are those of other platforms.
 */
export function npmPackagesAreStale({ development }) {
  const there = packagesIn('node_modules/.package-lock.json')
  return Object.entries(packagesIn('package-lock.json')).some(([name, wanted]) => {
    if (!name.startsWith('node_modules/')) return false
    if (!there[name]) return !(wanted.optional || (wanted.dev && !development))
    return there[name].version !== wanted.version || there[name].integrity !== wanted.integrity
  })
}

function packagesIn(lockfile) {
  const file = path.join(projectFolder, lockfile)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {}
}

/** @throws Stop when npm fails or is absent. */
export async function installNpmPackages({ development }) {
  say(`Installing npm packages with "${npmCommand}" (a minute or so) …`)
  // Errors only, but these even under `npm test --silent`, which hands its own level on. Warnings would be about a Node
  // that is only the one to start with.
  const env = { npm_config_loglevel: 'error' }
  const code = await runStep('npm', [...installation, ...(development ? ['--include=dev'] : [])], env)
  if (code === 127)
    throw new Stop('There is no npm. Install it, then try again: Debian package npm, or https://nodejs.org', 3)
  if (code !== 0) throw new Stop(`npm failed with exit code ${code} (see above).`)
}
