import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves when `check` says true; throws, naming what was awaited, when it does not in time. */
export async function until(what: string, check: () => Promise<boolean> | boolean, timeoutMs = 60_000): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !(await check()); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`)
  }
}
