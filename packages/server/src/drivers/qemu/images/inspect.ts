/** Looks into an image that somebody has brought, before any tool opens it. */
import { dirname, isAbsolute, sep } from 'node:path'
import type { ImageSource } from '../../driver.ts'
import type { Host } from '../host.ts'
import type { GuestPaths } from '../paths.ts'
import { HEADER_BYTES } from '../qcow2-header.ts'
import { sayWhatItIs } from './formats.ts'
import { isWrittenByQemu } from './in-use.ts'
import { parseQcow2, whyUnusable } from './qcow2.ts'
import { NotAPlainFile, type SourceFile } from './source-file.ts'
import { inMb, rejected } from './words.ts'

export interface ImageDeps {
  readonly host: Host
  readonly paths: GuestPaths
  /** Of the disk in an image. */
  readonly imageMaxBytes: number
}

export interface ImageFacts {
  /** Of the disk in it: a multiple of 512. */
  readonly sizeBytes: number
  readonly allocatedBytes: number
}

/** Opened by the rules for paths; the caller closes it. Throws `Failure('image_rejected')`. */
export async function openImage(deps: ImageDeps, path: string): Promise<SourceFile> {
  if (!isAbsolute(path))
    throw rejected('Its path is not absolute. Name it from the root of the host, beginning with "/".')
  if (path.includes('\0')) throw rejected('Its path holds a NUL character, which no path of a file does.')
  const file = await deps.host.openSource(path).catch(error => {
    throw asRejection(error)
  })
  try {
    // Below our own folder lie layers that change, and what no guest may ever read.
    const ours = await deps.host.realPath(dirname(deps.paths.root))
    if (file.realPath.startsWith(ours + sep)) {
      throw rejected("It lies in Restpoint's own state folder. Copy it to another place, and import that.")
    }
    const { place } = await file.facts()
    if (isWrittenByQemu((await deps.host.readText('/proc/locks')) ?? '', place)) {
      throw rejected(
        'A running QEMU writes to it. Shut that machine down first, or import a copy that its own tools make.',
      )
    }
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

/** What is in an open file, whoever's it is. Throws `Failure('image_rejected')`. */
export async function examine(
  file: SourceFile,
  format: ImageSource['format'],
  { imageMaxBytes }: Pick<ImageDeps, 'imageMaxBytes'>,
): Promise<ImageFacts> {
  const { apparentBytes, allocatedBytes } = await file.facts()
  if (apparentBytes === 0) throw rejected('It is empty. Choose another file.')
  if (format === 'raw') {
    // To QEMU a last, incomplete sector is whole, its rest zero.
    const sizeBytes = Math.ceil(apparentBytes / 512) * 512
    if (sizeBytes > imageMaxBytes) {
      throw rejected(
        `It is ${inMb(apparentBytes)} large; at most ${inMb(imageMaxBytes)} are allowed. Raise RESTPOINT_IMAGE_MAX_GB if that is meant.`,
      )
    }
    return { sizeBytes, allocatedBytes }
  }
  const start = await readStart(file)
  const header = parseQcow2(start)
  if (!header) throw rejected(sayWhatItIs(start))
  const reason = whyUnusable(header, { fileBytes: apparentBytes, maxBytes: imageMaxBytes })
  if (reason !== undefined) throw rejected(reason)
  return { sizeBytes: Number(header.sizeBytes), allocatedBytes }
}

async function readStart(file: SourceFile): Promise<Buffer> {
  const start = Buffer.alloc(HEADER_BYTES)
  for (let length = 0; ; ) {
    const count = await file.read(start.subarray(length), length).catch(error => {
      throw asRejection(error)
    })
    length += count
    if (count === 0 || length === start.length) return start.subarray(0, length)
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file on the host. Check the path.',
  ENOTDIR: 'A part of its path is not a folder. Check the path.',
  EACCES: 'The service may not read it. Give its user the right to read the file and to enter its folders.',
  EPERM: 'The service may not read it. Give its user the right to read the file and to enter its folders.',
  ELOOP: 'Its path goes round in circles, or it is a link. Name the file itself.',
  ENAMETOOLONG: 'Its path is too long. Move the file.',
  EIO: 'The disk that it lies on cannot read it. Look at the log of the host, and get the image once more.',
}

const kinds: Readonly<Record<string, string>> = {
  link: 'It is a link. Name the file itself.',
  folder: 'It is a folder. Name a file.',
}

/** What the operator can mend is said; anything else stays what it is. */
export function asRejection(error: unknown): unknown {
  if (error instanceof NotAPlainFile) {
    return rejected(kinds[error.kind] ?? `It is a ${error.kind}. Only plain files can be imported.`)
  }
  const reason = reasons[(error as NodeJS.ErrnoException).code ?? '']
  return reason === undefined ? error : rejected(reason)
}
