import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { buildDisk, staticBusybox, virtualBytes } from './disk.ts'
import { kernelAndInitrd } from './kernel.ts'
import { exists, moveInPlace } from './packages.ts'
import { GuestBuildError } from './programs.ts'

/** What a machine boots the tiny guest from. Paths are absolute; `disk` is a qcow2 image without a backing file. */
export interface Guest {
  readonly kernel: string
  readonly initrd: string
  readonly disk: string
  readonly virtualBytes: number
}

/**
 * Arguments for the kernel; `hostname=NAME` may be added. The last three leave away what takes an eighth of the boot where
 * the processor is emulated, and guards nothing that such a guest has: its addresses shuffled, its memory wiped, its
 * ciphers tested.
 */
export const guestKernelArguments = 'console=ttyS0 quiet nokaslr init_on_alloc=0 cryptomgr.notests'

/**
 * Builds a tiny real Linux with a working guest agent, in about two seconds once its packages are downloaded, without
 * root: Debian's cloud kernel, busybox and qemu-guest-agent on ext4. It boots to an answering agent in about two
 * seconds without hardware acceleration and needs 256 MB of memory.
 *
 * The result appears in `outDir` all at once or not at all; a guest that is there already is returned as it is.
 * Downloaded packages are kept, unpacked, in `cacheDir` (about 90 MB); it may be deleted afterwards.
 * @throws GuestBuildError naming what is missing and the remedy.
 */
export async function buildGuest({
  outDir,
  cacheDir,
  log,
}: {
  outDir: string
  cacheDir: string
  log: (line: string) => void
}): Promise<Guest> {
  const guest = guestIn(path.resolve(outDir))
  if (await exists(guest.disk)) return guest
  if (process.arch !== 'x64') {
    throw new GuestBuildError(`The tiny guest can be built on x86-64 only so far; this host is ${process.arch}.`)
  }
  const parent = path.dirname(path.resolve(outDir))
  await mkdir(parent, { recursive: true })
  const work = await mkdtemp(path.join(parent, '.guest-'))
  try {
    const busybox = await staticBusybox()
    const finished = guestIn(path.join(work, 'finished'))
    await mkdir(path.dirname(finished.disk))
    const { kernel, initrd, onDemand } = await kernelAndInitrd(cacheDir, busybox, log)
    await writeFile(finished.kernel, kernel)
    await writeFile(finished.initrd, initrd)
    log('building the disk of the tiny Linux guest')
    await buildDisk(finished.disk, { work, cacheDir, busybox, modules: onDemand, log })
    await moveInPlace(path.dirname(finished.disk), path.dirname(guest.disk))
    return guest
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

function guestIn(folder: string): Guest {
  return {
    kernel: path.join(folder, 'vmlinuz'),
    initrd: path.join(folder, 'initrd.gz'),
    disk: path.join(folder, 'disk.qcow2'),
    virtualBytes,
  }
}
