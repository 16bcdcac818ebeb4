/** `npm run rebuild` without npm. */
import { spawnSync } from 'node:child_process'
import { readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'

const entry = resolve(import.meta.dirname, '../../../packages/server/src/rebuild.ts')

export function rebuild(
  stateDir: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): { code: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH: process.env['PATH'], RESTPOINT_STATE_DIR: stateDir, ...env },
  })
  return { code: status, said: stdout + stderr }
}

/** The file and its journals. */
export async function loseDatabase(stateDir: string): Promise<void> {
  const names = (await readdir(stateDir)).filter(name => name.startsWith('restpoint.db'))
  if (names.length === 0) throw new Error('there was no database')
  for (const name of names) await rm(join(stateDir, name))
}
