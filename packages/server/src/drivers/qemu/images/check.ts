/** QEMU's own look at an image, after ours: as its user, with an explicit format, and bounded in time and memory. */
import type { ImageSource } from '../../driver.ts'
import { ProgramFailed } from '../follow.ts'
import type { Host } from '../host.ts'
import { rejected } from './words.ts'

/** A terabyte of small clusters on a slow disk takes minutes; a file that is made to keep QEMU busy, for ever. */
const CHECK_LIMIT_MS = 15 * 60_000
const OPEN_LIMIT_MS = 30_000
/** QEMU counts each cluster's references: 2 TB of the usual ones take 64 MB. */
const MEMORY_BYTES = 2 * 1024 ** 3

const LEAKS_ONLY = 3
const DAMAGED = 2

/** All tables of a qcow2 image; a raw one has none. Clusters that nobody uses are no damage. */
export async function checkTables(
  host: Host,
  path: string,
  format: ImageSource['format'],
  signal: AbortSignal,
): Promise<void> {
  if (format === 'raw') return
  const limits = { signal, limitMs: CHECK_LIMIT_MS, maxBytes: MEMORY_BYTES }
  await host.follow('qemu-img', ['check', '-q', '-f', format, path], limits).catch(error => {
    if (!(error instanceof ProgramFailed)) throw error
    if (error.exitCode === LEAKS_ONLY) return
    if (error.exitCode !== DAMAGED) throw rejected(`QEMU could not check it (${error.message}). Choose another file.`)
    throw rejected(
      'It is damaged: its tables contradict each other, or name what is not there. Get it once more from where it comes from, or repair it: qemu-img check -f qcow2 -r all FILE',
    )
  })
}

/** The longest name that a qcow2 header holds for what it stands on. */
const NAME_MAX_BYTES = 1023

/** Whether machines can stand on it where it lies: QEMU's user reaches it, and nobody writes to it. */
export async function checkInPlace(host: Host, { path, format }: ImageSource): Promise<void> {
  if (Buffer.byteLength(path) > NAME_MAX_BYTES) {
    throw rejected(`Its path is longer than ${NAME_MAX_BYTES} bytes. Move it, or have it copied in.`)
  }
  const limits = { limitMs: OPEN_LIMIT_MS, maxBytes: MEMORY_BYTES }
  await host.follow('qemu-img', ['info', '-f', format, path], limits).catch(error => {
    if (!(error instanceof ProgramFailed)) throw error
    throw rejected(
      `QEMU cannot use it where it lies (${error.message}). Let the user that QEMU runs as read the file and enter its folders, end what writes to it, or have it copied in.`,
    )
  })
}
