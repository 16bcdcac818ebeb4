import { accessSync, constants } from 'node:fs'
import path from 'node:path'

/** Debian keeps some programs in /sbin, which is not on every user's PATH. */
const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin']

/**
 * For `test(name, { skip: needs('qemu-img') }, …)`: false when all programs are there, else the reason for the skip,
 * which the runner counts and prints. With CI=true a missing program is a failure of the test file instead.
 */
export function needs(...programs: readonly string[]): false | string {
  const missing = programs.filter(program => !folders.some(folder => isExecutable(path.join(folder, program))))
  if (missing.length === 0) return false
  const reason = `not installed: ${missing.join(', ')}`
  if (process.env['CI'] === 'true') throw new Error(`${reason} (a failure, not a skip, because CI=true)`)
  return reason
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
