/**
 * Side effects, counted as they happen, and the Nth of them spoilt. What counts is every call of the driver's port and
 * every statement, `begin` and `commit` that reach the database; what asks only counts as well, because the answer may
 * stay away.
 */
import { DatabaseUnavailable } from '../../src/db/unavailable.ts'
import { Failure } from '../../src/errors.ts'

export const faults = [
  /** Before it happens, once; the next call works. What became of it is not known to who called. */
  'it fails once',
  /**
   * Before it happens, and from then on: of the driver, or of a host, every call of the same name; of the database, everything.
   */
  'it fails for ever',
  /** It happens. */
  'its reply is lost',
  /** Before it happens, once, with a failure of the catalogue: so it is known that it has not happened. */
  'it is refused',
  /** It happens, and nobody hears of it, nor of anything after it. */
  'the service is killed right after it',
] as const
export type Fault = (typeof faults)[number]

export interface Effect {
  readonly port: string
  readonly name: string
  /** Something is different afterwards. What happens within a transaction is so only once that is committed. */
  readonly lasts: boolean
}

const spoils: Readonly<Record<Fault, (effect: Effect) => boolean>> = {
  'it fails once': () => true,
  // Within a transaction it is the same as its `begin`.
  'it fails for ever': ({ port, name, lasts }) => port !== 'database' || lasts || name === 'begin',
  'its reply is lost': ({ lasts }) => lasts,
  'it is refused': ({ port }) => port === 'driver',
  'the service is killed right after it': ({ lasts }) => lasts,
}

/** Whether this fault does to this effect what none of the others does. */
export const isWorthwhile = (fault: Fault, effect: Effect): boolean => spoils[fault](effect)

export interface Plan {
  readonly fault: Fault
  /** Which one is spoilt, from 1; or the first of that name. */
  readonly at: number | string
}

export class Effects {
  /** In their order, from `count` on. */
  readonly counted: Effect[] = []
  /** Resolves when the process is no more. */
  readonly death: Promise<undefined>
  #resolveDeath: (nothing: undefined) => void
  #isCounting = false
  #plan: Plan | undefined
  #struck: Effect | undefined
  #times = 0
  #isDead = false
  #onDeath = () => {}

  constructor() {
    const death = Promise.withResolvers<undefined>()
    this.death = death.promise
    this.#resolveDeath = death.resolve
  }

  /** From now on. Without a plan none is spoilt. */
  count(plan?: Plan): void {
    this.#isCounting = true
    this.#plan = plan
  }

  /** The faults end. */
  end(): void {
    this.#isCounting = false
  }

  /** What was spoilt; undefined while nothing was. */
  get struck(): Effect | undefined {
    return this.#struck
  }

  /** How often the fault has come in the way. */
  get times(): number {
    return this.#times
  }

  get isDead(): boolean {
    return this.#isDead
  }

  onDeath(die: () => void): void {
    this.#onDeath = die
  }

  /** The process is killed, wherever it is. */
  die(): void {
    if (this.#isDead) return
    this.#isDead = true
    this.#onDeath()
    this.#resolveDeath(undefined)
  }

  /**
   * Called before it happens. Throws where it is not to happen; answers what is to be thrown once it has. What does not
   * count as one more (it is the same question again) fails where the one that counted does.
   */
  begin(effect: Effect, { isOneMore = true } = {}): { after: Error | undefined } {
    if (!this.#isCounting) return { after: undefined }
    if (isOneMore) this.counted.push(effect)
    const plan = this.#plan
    if (!plan || !this.#hits(plan, effect)) return { after: undefined }
    this.#struck ??= effect
    this.#times++
    const error = unknownOutcome(effect)
    if (plan.fault === 'its reply is lost') return { after: error }
    if (plan.fault === 'the service is killed right after it') return { after: new Killed() }
    throw plan.fault === 'it is refused' ? new Failure('machine_failed', `${effect.name} is refused`) : error
  }

  /** Called when it has happened, with what `begin` has answered. */
  over({ after }: { after: Error | undefined }): void {
    if (after === undefined) return
    if (after instanceof Killed) this.die()
    throw after
  }

  /** `work` is the effect. */
  async around<Value>(effect: Effect, work: () => Promise<Value>, options?: { isOneMore: boolean }): Promise<Value> {
    const begun = this.begin(effect, options)
    const value = await work()
    this.over(begun)
    return value
  }

  #hits({ fault, at }: Plan, effect: Effect): boolean {
    const struck = this.#struck
    // What happens at once may come in another order: then it is the next that the fault does something to.
    const isDue = typeof at === 'string' ? effect.name === at : this.counted.length >= at
    if (!struck) return isDue && isWorthwhile(fault, effect)
    if (fault !== 'it fails for ever' || struck.port !== effect.port) return false
    return effect.port === 'database' || struck.name === effect.name
  }
}

/** Of a process that is no more. */
export class Killed extends Error {
  override readonly name = 'Killed'
}

function unknownOutcome({ port, name }: Effect): Error {
  const cause = new Error(`${name}: no answer`)
  return port === 'database' ? new DatabaseUnavailable(cause) : cause
}
