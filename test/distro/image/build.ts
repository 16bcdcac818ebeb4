import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { run } from '../support/run.ts'
import { installBiosLoader } from './loader.ts'
import { codename, diskBytes, leftOut, packages, partitions, sectorBytes } from './recipe.ts'
import { sourceLine, sourcesOf } from './sources.ts'

export interface DistroImage {
  /** A qcow2 file without a backing file, for BIOS and UEFI. */
  readonly file: string
  readonly diskBytes: number
  /** When it was built. */
  readonly builtAt: Date
  /** Whether it was there already. */
  readonly isCached: boolean
}

/**
 * A Debian 12 like those that clouds offer, built with mmdebstrap from the host's own package mirror and kept in the
 * user's cache folder under a hash of the recipe. It needs no loop devices and no file system mounted, but root or
 * passwordless sudo: files belong to whom they belong to.
 */
export async function distroImage(log: (line: string) => void): Promise<DistroImage> {
  const cache = path.join(process.env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache'), 'restpoint')
  const file = path.join(cache, `distro-${codename}-${await recipeHash()}.qcow2`)
  const there = await stat(file).catch(() => undefined)
  if (there) return { file, diskBytes, builtAt: there.mtime, isCached: true }
  await mkdir(cache, { recursive: true })
  const work = await mkdtemp(path.join(cache, '.distro-'))
  const root = path.join(work, 'root')
  try {
    log('installing Debian into a folder with mmdebstrap')
    await installPackages(root)
    log('making a disk image of the folder')
    await makeDisk(root, path.join(work, 'disk.raw'))
    await run('qemu-img', [
      'convert',
      '-f',
      'raw',
      '-O',
      'qcow2',
      path.join(work, 'disk.raw'),
      path.join(work, 'disk.qcow2'),
    ])
    await rename(path.join(work, 'disk.qcow2'), file)
  } finally {
    // What it leaves the next line trips over.
    await asRoot('rm', ['-rf', root]).catch(() => undefined)
    await rm(work, { recursive: true, force: true })
  }
  return { file, diskBytes, builtAt: (await stat(file)).mtime, isCached: false }
}

/** From the release as it is on its media, so that there is something to upgrade from its updates. */
async function installPackages(root: string): Promise<void> {
  const [release, ...updates] = await sourcesOf(codename)
  if (!release) throw new Error('unreachable')
  const list = path.join(path.dirname(root), 'updates.list')
  await writeFile(list, updates.map(source => `${sourceLine(source)}\n`).join(''))
  await asRoot('mmdebstrap', [
    '--mode=root',
    ...['--variant=minbase', '--format=directory', '--aptopt=APT::Install-Recommends "false"'],
    ...leftOut.map(pattern => `--dpkgopt=path-exclude=${pattern}`),
    `--include=${packages.join(',')}`,
    `--essential-hook=${path.join(import.meta.dirname, 'before-packages.sh')}`,
    `--customize-hook=${path.join(import.meta.dirname, 'after-packages.sh')}`,
    `--customize-hook=upload '${list}' /etc/apt/sources.list.d/updates.list`,
    ...[codename, root, sourceLine(release)],
  ])
}

/** Each file system is written straight to its place in the disk image. */
async function makeDisk(root: string, disk: string): Promise<void> {
  await writeFile(disk, '')
  await truncate(disk, diskBytes)
  const rows = Object.values(partitions).map(({ start, size, type }) => `start=${start}, size=${size}, type=${type}\n`)
  await run('sfdisk', ['--quiet', disk], { input: `label: gpt\n${rows.join('')}` })

  const offset = partitions.root.start * sectorBytes
  const options = `offset=${offset},lazy_itable_init=0,lazy_journal_init=0,nodiscard`
  const kilobytes = `${(partitions.root.size * sectorBytes) / 1024}k`
  await asRoot('mke2fs', ['-q', '-F', '-t', 'ext4', '-L', 'root', '-E', options, '-d', root, disk, kilobytes])

  const efi = `${disk}@@${partitions.efi.start * sectorBytes}`
  await run('mformat', ['-i', efi, '-T', String(partitions.efi.size), '-v', 'ESP', '::'])
  await run('mmd', ['-i', efi, '::/EFI', '::/EFI/BOOT'])
  await run('mcopy', ['-i', efi, path.join(root, 'boot/grub/x86_64-efi.img'), '::/EFI/BOOT/BOOTX64.EFI'])

  const firstStage = path.join(root, 'usr/lib/grub/i386-pc/boot.img')
  await installBiosLoader(disk, firstStage, path.join(root, 'boot/grub/i386-pc.img'))
}

function asRoot(program: string, args: readonly string[]): Promise<string> {
  return process.getuid?.() === 0 ? run(program, args) : run('sudo', ['-n', program, ...args])
}

/** Of everything in this folder: who changes how it is built builds anew. */
async function recipeHash(): Promise<string> {
  const hash = createHash('sha256')
  const entries = await readdir(import.meta.dirname, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile()).map(entry => path.join(entry.parentPath, entry.name))
  for (const file of files.sort()) {
    hash.update(`${path.relative(import.meta.dirname, file)}\0`).update(await readFile(file))
  }
  return hash.digest('hex').slice(0, 16)
}
