import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { runStep, Stop, say } from './setup.mjs'

/** Debian keeps some programs in /sbin, which is not on every user's PATH. */
const folders = [...(process.env.PATH ?? '').split(':').filter(Boolean), '/usr/sbin', '/sbin']

/** Told by files, not by asking dpkg: this runs at every start. */
export const onPath = program => () => folders.some(folder => existsSync(path.join(folder, program)))
export const installed = name => () => existsSync(`/var/lib/dpkg/info/${name}.list`)

/** Its server is on nobody's PATH: each version has a folder. */
export const postgres = () =>
  existsSync('/usr/lib/postgresql') &&
  readdirSync('/usr/lib/postgresql').some(version => existsSync(`/usr/lib/postgresql/${version}/bin/postgres`))

const isRoot = process.getuid?.() === 0
const update = ['apt-get', 'update']

function installation(packages) {
  return ['apt-get', 'install', '-y', '--no-install-recommends', ...packages.map(({ name }) => name)]
}

/** What to type to install the packages; none for none. */
export function installCommands(packages) {
  if (packages.length === 0) return []
  return [update, installation(packages)].map(words => [...(isRoot ? [] : ['sudo']), ...words].join(' '))
}

/**
 * Installs packages as root or with passwordless sudo.
 * @throws Stop with the exact commands where neither is possible, or where it fails.
 */
export async function installPackages(packages) {
  const names = packages.map(({ name }) => name).join(' ')
  if (!onPath('apt-get')()) {
    throw new Stop(
      `There is no apt-get: this is not Debian. Install what these Debian packages hold, then try again:\n\n  ${names}\n`,
      3,
    )
  }
  const byHand = `\n\n  ${installCommands(packages).join(' && ')}\n`
  if (!isRoot && spawnSync('sudo', ['-n', 'true']).status !== 0) {
    throw new Stop(
      `Installing them needs root, and there is no passwordless sudo. Run this, then try again:${byHand}`,
      3,
    )
  }
  say(`Installing ${names} with apt-get …`)
  if (hasPackageLists() && (await asRoot(installation(packages)))) return
  say('Fetching the current package lists with apt-get …')
  await asRoot(update)
  if (await asRoot(installation(packages))) return
  throw new Stop(`apt-get could not install the packages (see above). To try it by hand:${byHand}`)
}

/** Slim images of Debian come without any. */
function hasPackageLists() {
  const folder = '/var/lib/apt/lists'
  return existsSync(folder) && readdirSync(folder).some(file => file.includes('_Packages'))
}

async function asRoot(words) {
  const [program, ...args] = [...(isRoot ? [] : ['sudo', '-n']), 'env', 'DEBIAN_FRONTEND=noninteractive', ...words]
  return (await runStep(program, args)) === 0
}
