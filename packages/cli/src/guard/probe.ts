/** Asks whether all is well, again and again for a while. */
import { setTimeout as sleep } from 'node:timers/promises'
import { runCommand } from './command.ts'
import { hasSucceeded } from './ended.ts'
import { type Interrupt, type Interrupts, interruptInWords } from './interrupts.ts'

export interface Probing {
  /** For `sh -c`. */
  readonly probe?: string
  /** Must answer with a 2xx. */
  readonly probeUrl?: string
  /** After the first. */
  readonly probeRetries: number
  /** Seconds between two. */
  readonly probeInterval: number
  /** Seconds that one may take. */
  readonly probeTimeout: number
}

export interface Asking {
  readonly guard: string
  readonly interrupts: Interrupts
}

/** Undefined: all is well. Else why not, for people. */
export type Complaint = { readonly told: string; readonly isInterrupted: boolean } | undefined

export function hasProbe({ probe, probeUrl }: Probing): boolean {
  return probe !== undefined || probeUrl !== undefined
}

export async function ask(probing: Probing, asking: Asking): Promise<Complaint> {
  for (let tried = 0; ; tried++) {
    const complaint = await once(probing, asking)
    if (complaint === undefined || complaint.isInterrupted || tried >= probing.probeRetries) return complaint
    const pause = new AbortController()
    let interrupt: Interrupt | undefined
    await asking.interrupts.during(
      name => {
        interrupt = name
        pause.abort()
      },
      () => sleep(probing.probeInterval * 1000, undefined, { signal: pause.signal }).catch(() => {}),
    )
    if (interrupt) return interrupted(interrupt)
  }
}

async function once({ probe, probeUrl, probeTimeout }: Probing, asking: Asking): Promise<Complaint> {
  const timeoutMs = probeTimeout * 1000
  if (probe !== undefined) {
    const ended = await runCommand(['sh', '-c', probe], { ...asking, timeoutMs, stdin: 'ignore', stdout: 2 })
    if (!hasSucceeded(ended)) return { told: `The probe ${ended.told}`, isInterrupted: ended.how === 'interrupted' }
  }
  return probeUrl === undefined ? undefined : askUrl(probeUrl, timeoutMs, asking)
}

async function askUrl(url: string, timeoutMs: number, { interrupts }: Asking): Promise<Complaint> {
  const ending = new AbortController()
  let interrupt: Interrupt | undefined
  const onInterrupt = (name: Interrupt) => {
    interrupt = name
    ending.abort()
  }
  try {
    const { ok, status } = await interrupts.during(onInterrupt, async () => {
      const reply = await fetch(url, { signal: AbortSignal.any([ending.signal, AbortSignal.timeout(timeoutMs)]) })
      await reply.body?.cancel()
      return reply
    })
    return ok ? undefined : { told: `The probe of ${shown(url)} was answered with ${status}`, isInterrupted: false }
  } catch (error) {
    if (interrupt) return interrupted(interrupt)
    const { name, cause } = error as { name: string; cause?: { code?: string } }
    const why = name === 'TimeoutError' ? `no answer after ${timeoutMs / 1000} s` : (cause?.code ?? 'it failed')
    return { told: `The probe of ${shown(url)} was not answered: ${why}`, isInterrupted: false }
  }
}

/** What is behind a question mark may be secret. */
function shown(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

function interrupted(name: Interrupt): Complaint {
  return { told: `The probe was interrupted (${interruptInWords[name]})`, isInterrupted: true }
}
