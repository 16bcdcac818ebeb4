/**
 * Files that the service writes, as root maybe, in folders that belong to QEMU's user: what lies there may be a link to
 * a file of ours, or a pipe that nobody reads, put there by a guest that broke out. Nothing is changed before we know it
 * is a plain file.
 */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { HostUser } from './host.ts'

/** Made if it is not there. */
export async function openOwn(path: string, flags: number): Promise<FileHandle> {
  const { O_WRONLY, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants
  const file = await open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | flags, 0o600)
  const found = await file.stat()
  if (found.isFile() && found.nlink === 1) return file
  await file.close()
  throw new Error(`${path} is not a plain file of its own`)
}

export interface NewFile {
  write(bytes: Buffer, at: number): Promise<void>
  /** What was not written below it reads as zero and takes no space. */
  setSize(bytes: number): Promise<void>
  /** What was written is on disk. */
  sync(): Promise<void>
  close(): Promise<void>
}

/** `existing`: it was made by a reflink a moment ago; else it must not be there. QEMU's user's, and nobody else's. */
export async function openNew(path: string, user: HostUser | null, { existing = false } = {}): Promise<NewFile> {
  const file = await openOwn(path, existing ? 0 : constants.O_EXCL)
  try {
    await file.chmod(0o600)
    if (user) await file.chown(user.uid, user.gid)
  } catch (error) {
    await file.close()
    throw error
  }
  return {
    async write(bytes, at) {
      for (let done = 0; done < bytes.length; ) {
        done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten
      }
    },
    setSize: bytes => file.truncate(bytes),
    sync: () => file.sync(),
    close: () => file.close(),
  }
}
