import { join } from 'node:path'
import SQLite from 'better-sqlite3'
import { guestKernelArguments } from '../../../packages/server/src/setup/guest/build.ts'
import { tinyGuest } from '../../support/guest.ts'

/**
 * The disk of the tiny Linux has no boot loader. Servers of every image that has been imported so far boot a given
 * kernel from now on, as the demo server does.
 */
export async function lendKernel(stateDir: string): Promise<void> {
  const { kernel, initrd } = await tinyGuest()
  const db = new SQLite(join(stateDir, 'restpoint.db'))
  db.prepare('update images set kernel = ?').run(JSON.stringify({ kernel, initrd, append: guestKernelArguments }))
  db.close()
}
