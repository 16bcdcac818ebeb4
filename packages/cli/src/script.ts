/** Commands of the service itself run as a process of their own: same terminal, same signals, same end. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const boot = fileURLToPath(new URL('../../../scripts/boot.mjs', import.meta.url))

/** @returns the exit code. */
export function runScript(name: string, args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [boot, name, ...args], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    // As a shell says it: 128 + the signal's number.
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
}
