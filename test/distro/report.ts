/** The steps as they go by, with what was seen and how long each took. */

export interface Step {
  readonly title: string
  readonly seconds: number
  /** What was seen, for people. */
  readonly seen: string
}

export class Report {
  readonly #steps: Step[] = []

  get steps(): readonly Step[] {
    return this.#steps
  }

  /** Does one step and says so. `see` takes what was seen. */
  async step<Value>(title: string, act: (see: (seen: string) => void) => Promise<Value>): Promise<Value> {
    console.log(`${title} …`)
    const begun = Date.now()
    const seconds = () => (Date.now() - begun) / 1000
    let seen = ''
    try {
      const value = await act(text => (seen = text))
      this.#steps.push({ title, seconds: seconds(), seen })
      console.log(`  ✔ ${duration(seconds())}: ${seen}`)
      return value
    } catch (error) {
      console.log(`  ✖ ${duration(seconds())}`)
      throw new StepFailed(title, error as Error)
    }
  }
}

export class StepFailed extends Error {
  override readonly name = 'StepFailed'
  constructor(title: string, cause: Error) {
    super(`${title}: ${cause.message}`, { cause })
  }
}

/** `0.3 s`, `12 s`, `4 min 5 s` */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}
