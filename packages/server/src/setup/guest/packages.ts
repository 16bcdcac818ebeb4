import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { GuestBuildError, run } from './programs.ts'

/**
 * Downloads a Debian package with the host's own apt (so: its mirrors, its signatures) and unpacks it without
 * installing it; no root needed. `linux-image-cloud-amd64` is a name for the newest kernel: its dependency is fetched.
 * @returns the folder with the package's files; a second call answers from `cacheDir`.
 * @throws GuestBuildError when it can be had neither with the host's package lists nor with fresh ones.
 */
export async function unpackedPackage(name: string, cacheDir: string, log: (line: string) => void): Promise<string> {
  const target = path.join(cacheDir, name)
  if (await exists(target)) return target
  await mkdir(cacheDir, { recursive: true })
  const work = await mkdtemp(path.join(cacheDir, `.${name}-`))
  try {
    log(`downloading the Debian package ${name} (kept in ${cacheDir}, not installed)`)
    const archive = await download(name, work, [])
      .catch(async () => download(name, work, await freshLists(work, log)))
      .catch((error: Error) => {
        throw new GuestBuildError(
          `Cannot download the Debian package ${name}: ${error.message}. ` +
            'Check the network and /etc/apt/sources.list, and run: apt-get update',
        )
      })
    await run('dpkg-deb', ['-x', archive, path.join(work, 'files')])
    await moveInPlace(path.join(work, 'files'), target)
    return target
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Downloads into `work` and returns the archive's path. `aptOptions` choose other package lists than the host's. */
async function download(name: string, work: string, aptOptions: readonly string[]): Promise<string> {
  const facts = await run('apt-cache', [...aptOptions, 'depends', name])
  const kernel = /^ *Depends: (linux-image-\S+)$/m.exec(facts)?.[1]
  // Unsandboxed: the user _apt may not enter our folder, and apt would only warn about it.
  const args = [...aptOptions, '-o', 'APT::Sandbox::User=', 'download', kernel ?? name]
  await run('apt-get', args, { cwd: work })
  const archive = (await readdir(work)).find(file => file.endsWith('.deb'))
  if (!archive) throw new GuestBuildError('apt-get download left no file')
  return path.join(work, archive)
}

/** Package lists of our own, where the host's are absent (slim containers) or too old; readable to any user. */
async function freshLists(work: string, log: (line: string) => void): Promise<string[]> {
  log('the package lists of this host are missing or old: fetching fresh ones for this download only')
  const lists = path.join(work, 'lists')
  const cache = path.join(work, 'cache')
  await mkdir(path.join(lists, 'partial'), { recursive: true })
  await mkdir(path.join(cache, 'archives', 'partial'), { recursive: true })
  const options = ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${cache}`]
  await run('apt-get', [...options, '-o', 'APT::Sandbox::User=', '-q', 'update'])
  return options
}

/** Renames a finished folder to its name; somebody else's, finished earlier, stays as it is. */
export async function moveInPlace(finished: string, target: string): Promise<void> {
  await rename(finished, target).catch(async error => {
    if (!(await exists(target))) throw error
  })
}

export async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}
