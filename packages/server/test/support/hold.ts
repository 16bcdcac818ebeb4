/** A place where a step can be made to wait, so that a test decides what happens meanwhile. */
export class Hold {
  readonly #reached = Promise.withResolvers<void>()
  readonly #released = Promise.withResolvers<void>()

  /** Resolves when somebody waits here. */
  get reached(): Promise<void> {
    return this.#reached.promise
  }

  /** Waits until released; with `error`, then fails. */
  async wait(): Promise<void> {
    this.#reached.resolve()
    await this.#released.promise
  }

  release(error?: Error): void {
    if (error) this.#released.reject(error)
    else this.#released.resolve()
  }

  constructor() {
    // Nobody may be waiting when it is released with an error.
    this.#released.promise.catch(() => {})
  }
}
