import { copyFile, cp, mkdir, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Module } from './kernel.ts'
import { exists, unpackedPackage } from './packages.ts'
import { GuestBuildError, run } from './programs.ts'

/** Size of the guest's disk as the guest sees it. */
export const virtualBytes = 256 * 1024 * 1024

const folders = ['bin', 'data', 'dev', 'lib/modules', 'proc', 'root', 'run', 'sys', 'tmp', 'var/log', 'usr/bin']

/**
 * Writes the guest's root disk as a qcow2 image: busybox, the guest agent with its libraries, the files of ./root.
 * `work` is an empty folder for what is needed on the way.
 */
export async function buildDisk(
  disk: string,
  {
    work,
    cacheDir,
    busybox,
    modules,
    log,
  }: {
    work: string
    cacheDir: string
    busybox: string
    modules: readonly Module[]
    log: (line: string) => void
  },
): Promise<void> {
  const root = path.join(work, 'root')
  await cp(path.join(import.meta.dirname, 'root'), root, { recursive: true })
  for (const folder of folders) await mkdir(path.join(root, folder), { recursive: true })
  await symlink('/run', path.join(root, 'var/run'))
  await installBusybox(root, busybox)
  for (const { file, content } of modules) await writeFile(path.join(root, 'lib/modules', file), content)
  await installAgent(root, await unpackedPackage('qemu-guest-agent', cacheDir, log))

  const raw = path.join(work, 'disk.raw')
  await writeFile(raw, '')
  await truncate(raw, virtualBytes)
  // All inode tables and the journal are written here: a guest that finishes them in the background would fill layers.
  const options = 'root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0,nodiscard'
  await run('mke2fs', ['-q', '-F', '-t', 'ext4', '-L', 'root', '-N', '8192', '-E', options, '-d', root, raw])
  if (process.getuid?.() !== 0) await giveToRoot(raw, root, work)
  await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, disk])
  await rm(raw)
}

/** Every applet by its name, except those that ./root has a program of its own for. */
async function installBusybox(root: string, busybox: string): Promise<void> {
  await copyFile(busybox, path.join(root, 'bin/busybox'))
  await symlink('/bin/busybox', path.join(root, 'sbin/init'))
  const own = new Set(['busybox', ...(await readdir(path.join(root, 'sbin')))])
  for (const applet of (await run('busybox', ['--list'])).split('\n')) {
    if (applet && !own.has(applet)) await symlink('busybox', path.join(root, 'bin', applet))
  }
}

async function installAgent(root: string, unpacked: string): Promise<void> {
  const agent = path.join(unpacked, 'usr/sbin/qemu-ga')
  await copyFile(agent, path.join(root, 'usr/sbin/qemu-ga'))
  const listed = await run('ldd', [agent])
  const absent = /^\s*(\S+) => not found$/m.exec(listed)?.[1]
  if (absent) {
    throw new GuestBuildError(
      `The guest agent needs the library ${absent}. Install it: apt-get install libglib2.0-0 libnuma1 libudev1 liburing2`,
    )
  }
  for (const [library] of listed.matchAll(/\/\S+\.so\S*/g)) {
    // /usr/lib and /lib are one folder on the host, and only /lib in the guest.
    const target = path.join(root, library.replace(/^\/usr\/lib/, '/lib'))
    await mkdir(path.dirname(target), { recursive: true })
    await copyFile(library, target)
  }
}

/** mke2fs gives the files the owner that they have here; built by an ordinary user they would not be root's. */
async function giveToRoot(raw: string, root: string, work: string): Promise<void> {
  const names = await readdir(root, { recursive: true })
  const commands = names.flatMap(name => [`sif "/${name}" uid 0`, `sif "/${name}" gid 0`])
  const file = path.join(work, 'owners')
  await writeFile(file, `${commands.join('\n')}\n`)
  await run('debugfs', ['-w', '-f', file, raw])
}

/** Where Debian's statically linked busybox is; the ordinary one would need its libraries in the guest. */
export async function staticBusybox(): Promise<string> {
  for (const file of ['/bin/busybox', '/usr/bin/busybox']) {
    if (!(await exists(file))) continue
    const linked = await run('ldd', [file]).catch(() => 'not a dynamic executable')
    if (linked.includes('not a dynamic executable') || linked.includes('statically linked')) return file
  }
  throw new GuestBuildError(
    'The tiny guest needs a statically linked busybox (Debian package busybox-static). Install it: apt-get install busybox-static',
  )
}
