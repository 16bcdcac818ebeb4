import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { buildGuest, type Guest } from '../../packages/server/src/setup/guest/build.ts'

const sources = path.resolve(import.meta.dirname, '../../packages/server/src/setup/guest')
const cache = path.join(process.env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache'), 'restpoint')

/**
 * The tiny Linux guest, built at its first use and kept in the user's cache folder under a hash of the builder's
 * sources, so that a changed builder builds anew. Its files are shared by all tests: boot from overlays of the disk.
 */
export async function tinyGuest(): Promise<Guest> {
  const outDir = path.join(cache, `test-guest-${await sourcesHash()}`)
  return oneAtATime(`${outDir}.building`, () =>
    buildGuest({ outDir, cacheDir: path.join(cache, 'packages'), log: line => console.error(`tiny guest: ${line}`) }),
  )
}

async function sourcesHash(): Promise<string> {
  const hash = createHash('sha256')
  const entries = await readdir(sources, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile()).map(entry => path.join(entry.parentPath, entry.name))
  for (const file of files.sort()) hash.update(`${path.relative(sources, file)}\0`).update(await readFile(file))
  return hash.digest('hex').slice(0, 16)
}

/** Test processes that ask at once would each download and build: all but one wait. The lock of a dead one is taken. */
async function oneAtATime<T>(lock: string, work: () => Promise<T>): Promise<T> {
  await mkdir(path.dirname(lock), { recursive: true })
  for (;;) {
    const mine = await writeFile(lock, String(process.pid), { flag: 'wx' }).then(
      () => true,
      () => false,
    )
    if (mine) return work().finally(() => rm(lock, { force: true }))
    const holder = Number(await readFile(lock, 'utf8').catch(() => '0'))
    if (holder > 0 && !isAlive(holder)) await rm(lock, { force: true })
    else await setTimeout(100)
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
