/**
 * A file of the host that somebody has brought. It is opened once, and what was looked into is what is copied: its name
 * may mean another file a moment later.
 */
import { type BigIntStats, constants } from 'node:fs'
import { copyFile, type FileHandle, open, readlink } from 'node:fs/promises'

import { placeOf } from './in-use.ts'

export interface SourceFacts {
  readonly apparentBytes: number
  readonly allocatedBytes: number
  /** 0: it has been removed. */
  readonly links: number
  /** Another one whenever content, size or name has changed. */
  readonly stamp: string
  /** Device and inode, as in /proc/locks. */
  readonly place: string
}

export interface SourceFile {
  /** Where it really lies. */
  readonly realPath: string
  facts(): Promise<SourceFacts>
  /** How many bytes it gave; 0 at its end. */
  read(into: Buffer, at: number): Promise<number>
  /** Makes a file of the same content that shares its blocks; false where the file systems cannot. Throws if it exists. */
  reflink(path: string): Promise<boolean>
  close(): Promise<void>
}

/** It is a link, folder, pipe, socket or device. */
export class NotAPlainFile extends Error {
  override readonly name = 'NotAPlainFile'
  readonly kind: string
  constructor(kind: string) {
    super(`not a plain file but a ${kind}`)
    this.kind = kind
  }
}

/** Names a file without opening it; the kernel's asm-generic/fcntl.h. Node has no name for it. */
const O_PATH = 0o10000000

/** Looked at before it is opened, because opening a device may do something; then that very file is opened, by its handle. */
export async function openSource(path: string): Promise<SourceFile> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants
  const place = await open(path, O_PATH | O_NOFOLLOW)
  try {
    refuseAllBut(await place.stat({ bigint: true }))
    const handle = `/proc/self/fd/${place.fd}`
    const realPath = await readlink(handle)
    return new OpenSource(await open(handle, O_RDONLY | O_NONBLOCK | O_NOCTTY), realPath)
  } finally {
    await place.close()
  }
}

function refuseAllBut(plain: BigIntStats): void {
  if (plain.isFile()) return
  const kinds: Readonly<Record<string, boolean>> = {
    link: plain.isSymbolicLink(),
    folder: plain.isDirectory(),
    pipe: plain.isFIFO(),
    socket: plain.isSocket(),
  }
  throw new NotAPlainFile(Object.keys(kinds).find(kind => kinds[kind]) ?? 'device')
}

class OpenSource implements SourceFile {
  readonly realPath: string
  readonly #file: FileHandle

  constructor(file: FileHandle, realPath: string) {
    this.#file = file
    this.realPath = realPath
  }

  async facts(): Promise<SourceFacts> {
    const found = await this.#file.stat({ bigint: true })
    const { size, blocks, nlink, mtimeNs, ctimeNs } = found
    return {
      apparentBytes: Number(size),
      allocatedBytes: Number(blocks * 512n),
      links: Number(nlink),
      stamp: [size, nlink, mtimeNs, ctimeNs].join(' '),
      place: placeOf(found),
    }
  }

  async read(into: Buffer, at: number): Promise<number> {
    return (await this.#file.read(into, 0, into.length, at)).bytesRead
  }

  /** By the open file's own name in /proc, so that it is this very file whatever its path means now. */
  async reflink(path: string): Promise<boolean> {
    const { COPYFILE_EXCL, COPYFILE_FICLONE_FORCE } = constants
    try {
      await copyFile(`/proc/self/fd/${this.#file.fd}`, path, COPYFILE_EXCL | COPYFILE_FICLONE_FORCE)
      return true
    } catch (error) {
      // File systems say in many ways that they cannot; what is really wrong, a copy runs into as well.
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error
      return false
    }
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}
