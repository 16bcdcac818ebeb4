/** One entry of an initial RAM disk; a folder has no `content`. */
export interface CpioEntry {
  readonly name: string
  readonly content?: Uint8Array
  readonly executable?: boolean
}

const folderMode = 0o040755
const fileMode = 0o100644
const executableMode = 0o100755

/**
 * Writes a "newc" archive, the format that the kernel unpacks as its initial RAM disk. Every entry is root's, so that
 * no root is needed to make it. Folders must come before what is in them.
 * @see https://docs.kernel.org/driver-api/early-userspace/buffer-format.html
 */
export function cpioArchive(entries: readonly CpioEntry[]): Buffer {
  const parts = entries.flatMap((entry, index) => record(entry, index + 1))
  return Buffer.concat([...parts, ...record({ name: 'TRAILER!!!', content: Buffer.alloc(0) }, 0)])
}

function record({ name, content, executable }: CpioEntry, inode: number): Uint8Array[] {
  const mode = content === undefined ? folderMode : executable ? executableMode : fileMode
  const data = content ?? Buffer.alloc(0)
  const nameBytes = Buffer.from(`${name}\0`)
  const links = content === undefined ? 2 : 1
  // inode, mode, uid, gid, links, mtime, size, device ×2, special device ×2, length of the name, checksum (unused)
  const fields = [inode, mode, 0, 0, links, 0, data.length, 0, 0, 0, 0, nameBytes.length, 0]
  const header = Buffer.from(`070701${fields.map(field => field.toString(16).padStart(8, '0')).join('')}`)
  return [header, nameBytes, padding(header.length + nameBytes.length), data, padding(data.length)]
}

/** Header with name, and data, each end on a multiple of four bytes. */
function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4)
}
