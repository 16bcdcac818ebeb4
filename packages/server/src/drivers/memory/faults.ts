/** Makes calls of a driver fail: before their effect, or after it, as if the reply had been lost. */
import type { Driver } from '../driver.ts'

type Method = Exclude<
  { [Key in keyof Driver]: Driver[Key] extends (...args: never[]) => Promise<unknown> ? Key : never }[keyof Driver],
  'close'
>

export interface Fault {
  /** Undefined: whichever method comes next. */
  readonly method?: Method
  readonly when: 'before' | 'after'
  /** How many matching calls pass first; default 0. */
  readonly skip?: number
  /** Goes on failing; default: once. */
  readonly forever?: boolean
  /** What is thrown; default: an error of no known kind, that is an unknown outcome. */
  readonly error?: Error
}

export class Faults {
  #armed: { fault: Fault; left: number }[] = []
  /** Names of the methods called so far. */
  readonly calls: Method[] = []

  fail(fault: Fault): void {
    this.#armed.push({ fault, left: fault.skip ?? 0 })
  }

  clear(): void {
    this.#armed = []
  }

  /** Called once a call: which fault hits it. */
  take(method: Method): Fault | undefined {
    this.calls.push(method)
    const entry = this.#armed.find(({ fault }) => fault.method === undefined || fault.method === method)
    if (!entry) return undefined
    if (entry.left-- > 0) return undefined
    if (!entry.fault.forever) this.#armed = this.#armed.filter(other => other !== entry)
    return entry.fault
  }
}

const untouched = new Set<keyof Driver>(['name', 'onEvent', 'pathOf', 'close'])

/** The same driver, with the faults in front of and behind every call that can fail. */
export function withFaults(driver: Driver, faults: Faults): Driver {
  const wrapped: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(driver)) {
    wrapped[key] = untouched.has(key as keyof Driver) ? value : faulty(key as Method, value, faults)
  }
  return wrapped as unknown as Driver
}

function faulty(method: Method, call: (...args: unknown[]) => Promise<unknown>, faults: Faults) {
  return async (...args: unknown[]): Promise<unknown> => {
    const fault = faults.take(method)
    const error = fault && (fault.error ?? new Error(`injected: ${method}, ${fault.when} its effect`))
    if (fault?.when === 'before') throw error
    const result = await call(...args)
    if (error) throw error
    return result
  }
}
