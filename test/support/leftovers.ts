import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

export interface Leftover {
  readonly pid: number
  readonly command: string
}

/**
 * Processes whose command line or environment names `folder`, the temporary folder of a test run: a QEMU outlives
 * whoever started it, so a test that forgets one leaves it running for ever. One that is just ending gets
 * `graceMs` to do so.
 */
export async function leftoversOf(folder: string, graceMs = 5000): Promise<Leftover[]> {
  const deadline = Date.now() + graceMs
  for (;;) {
    const found = processesNaming(folder)
    if (found.length === 0 || Date.now() > deadline) return found
    await setTimeout(200)
  }
}

function processesNaming(folder: string): Leftover[] {
  const found: Leftover[] = []
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || pid === process.pid) continue
    const command = readText(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()
    // An ended process that its parent has not looked at yet has neither.
    if (command === '') continue
    if (command.includes(folder) || readText(`/proc/${pid}/environ`).includes(folder)) found.push({ pid, command })
  }
  return found
}

/** Empty for a process that has gone meanwhile or is another user's. */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
