/** Many together, or one alone: who waits to be alone goes before those who come later. */
export class Gate {
  #inside = 0
  #isAlone = false
  readonly #waiting: { readonly alone: boolean; readonly enter: () => void }[] = []

  async pass<Value>(alone: boolean, work: () => Promise<Value>): Promise<Value> {
    await new Promise<void>(enter => {
      this.#waiting.push({ alone, enter })
      this.#open()
    })
    try {
      return await work()
    } finally {
      this.#inside--
      this.#isAlone = false
      this.#open()
    }
  }

  #open(): void {
    for (;;) {
      const [next] = this.#waiting
      if (!next || this.#isAlone || (next.alone && this.#inside > 0)) return
      this.#waiting.shift()
      this.#inside++
      this.#isAlone = next.alone
      next.enter()
    }
  }
}
