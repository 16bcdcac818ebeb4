/**
 * The state folder belongs to one process at a time. The lock is SQLite's own on a file of its own, held by an open
 * exclusive transaction: the kernel drops it when the process ends, however it ends, and QEMU does not inherit it.
 */
import { chmod, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import SQLite from 'better-sqlite3'

export interface StateFolder {
  readonly path: string
  readonly database: string
  readonly adminToken: string
  readonly records: string
  readonly hostId: string
  readonly isHeld: () => boolean
}

export class StateFolderBusy extends Error {
  override readonly name = 'StateFolderBusy'
}

/** `othersMayEnter`: QEMU runs as a user of its own and must pass through to its part; it cannot list the folder. */
export async function takeStateFolder(path: string, othersMayEnter: boolean): Promise<StateFolder> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  await chmod(path, othersMayEnter ? 0o711 : 0o700)
  // With this mode from the start: SQLite gives its journal file the same.
  await (await open(join(path, 'lock'), 'a', 0o600)).close()
  const lock = new SQLite(join(path, 'lock'), { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error
    throw new StateFolderBusy(
      `Another Restpoint already runs on ${path}. Stop it, or give this one a folder of its own with RESTPOINT_STATE_DIR.`,
    )
  }
  return {
    path,
    database: join(path, 'restpoint.db'),
    adminToken: join(path, 'admin-token'),
    records: join(path, 'records'),
    hostId: join(path, 'host-id'),
    isHeld: () => lock.open && lock.inTransaction,
  }
}
