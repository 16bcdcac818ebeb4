/** Ctrl-C, SIGTERM and a terminal that is lost, to whoever is at work now. */

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
export type Interrupt = (typeof signals)[number]

export const interruptInWords: Readonly<Record<Interrupt, string>> = {
  SIGINT: 'Ctrl-C',
  SIGTERM: 'SIGTERM',
  SIGHUP: 'the terminal was lost',
}

export class Interrupts {
  #listener: ((signal: Interrupt) => void) | undefined
  /** Came while nobody listened. */
  #waiting: Interrupt | undefined
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    if (this.#listener) this.#listener(signal as Interrupt)
    else this.#waiting ??= signal as Interrupt
  }

  constructor() {
    for (const signal of signals) process.on(signal, this.#onSignal)
    // A terminal that is lost, or a reader that has enough, takes only our words: what was begun is brought to its end.
    for (const stream of [process.stdout, process.stderr]) {
      stream.removeAllListeners('error')
      stream.on('error', () => {})
    }
  }

  async during<T>(listener: (signal: Interrupt) => void, work: () => Promise<T>): Promise<T> {
    this.#listener = listener
    const waiting = this.#waiting
    this.#waiting = undefined
    try {
      const working = work()
      if (waiting) listener(waiting)
      return await working
    } finally {
      this.#listener = undefined
    }
  }

  release(): void {
    for (const signal of signals) process.off(signal, this.#onSignal)
  }
}
