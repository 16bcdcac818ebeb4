import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { type CpioEntry, cpioArchive } from './cpio.ts'
import { exists, unpackedPackage } from './packages.ts'
import { GuestBuildError } from './programs.ts'

/**
 * Kernel modules in load order (virtio_ring before virtio: virtio 6.1 needs its symbols). A kernel that has one built
 * in ships no file for it, and it is left out. ext4 is built in.
 */
const modules = [
  'drivers/virtio/virtio_ring',
  'drivers/virtio/virtio',
  'drivers/virtio/virtio_pci_legacy_dev',
  'drivers/virtio/virtio_pci_modern_dev',
  'drivers/virtio/virtio_pci',
  'drivers/block/virtio_blk',
  'drivers/char/virtio_console',
  'net/core/failover',
  'drivers/net/net_failover',
  'drivers/net/virtio_net',
  'drivers/char/hw_random/virtio-rng',
  'drivers/input/evdev',
  'drivers/acpi/button',
]

/** Those that lie on the disk, for whoever needs them: `insmod /lib/modules/NAME.ko`. isofs needs cdrom. */
const onDemand = ['drivers/cdrom/cdrom', 'fs/isofs/isofs', 'fs/efivarfs/efivarfs', 'drivers/firmware/qemu_fw_cfg']

export interface Module {
  /** e.g. `isofs.ko`. */
  readonly file: string
  readonly content: Buffer
}

/** Debian's kernel for virtual machines and an initial RAM disk that loads its virtio drivers, as bytes to write. */
export async function kernelAndInitrd(
  cacheDir: string,
  busybox: string,
  log: (line: string) => void,
): Promise<{ kernel: Buffer; initrd: Buffer; onDemand: Module[] }> {
  const unpacked = await unpackedPackage('linux-image-cloud-amd64', cacheDir, log)
  const image = (await readdir(path.join(unpacked, 'boot'))).find(name => name.startsWith('vmlinuz-'))
  if (!image) throw new GuestBuildError(`There is no kernel in ${unpacked}/boot. Delete ${unpacked} and try again.`)
  const version = image.slice('vmlinuz-'.length)
  const moduleRoot = await firstThatExists([
    path.join(unpacked, 'lib/modules', version),
    path.join(unpacked, 'usr/lib/modules', version),
  ])

  const builtIn = new Set((await readFile(path.join(moduleRoot, 'modules.builtin'), 'utf8')).split('\n'))
  const wanted = modules.filter(name => !builtIn.has(`kernel/${name}.ko`))
  const entries: CpioEntry[] = [
    ...['bin', 'modules', 'proc', 'sys', 'dev', 'root'].map(name => ({ name })),
    { name: 'bin/busybox', content: await readFile(busybox), executable: true },
    { name: 'init', content: await readFile(path.join(import.meta.dirname, 'initrd-init')), executable: true },
    { name: 'modules.txt', content: Buffer.from(wanted.map(name => `${path.basename(name)}\n`).join('')) },
  ]
  const read = async (name: string): Promise<Module> => {
    const file = path.join(moduleRoot, 'kernel', `${name}.ko`)
    const content = await readFile(file).catch(() => {
      throw new GuestBuildError(`The kernel ${version} has no plain module ${file}; it was tried with Debian 12 only.`)
    })
    return { file: path.basename(file), content }
  }
  for (const { file, content } of await Promise.all(wanted.map(read))) {
    entries.push({ name: `modules/${file}`, content })
  }
  return {
    kernel: await readFile(path.join(unpacked, 'boot', image)),
    initrd: gzipSync(cpioArchive(entries), { level: 1 }),
    onDemand: await Promise.all(onDemand.filter(name => !builtIn.has(`kernel/${name}.ko`)).map(read)),
  }
}

async function firstThatExists(folders: readonly string[]): Promise<string> {
  for (const folder of folders) if (await exists(folder)) return folder
  throw new GuestBuildError(`None of these folders is there: ${folders.join(', ')}. Delete the cache and try again.`)
}
