/** Lets one at a time pass, in order. A turn is waited for with a limit, and given back by calling what it resolves to. */
export class Turns {
  #tail: Promise<void> = Promise.resolve()

  /** `null`: it was not our turn within `waitMs`. */
  async take(waitMs: number): Promise<(() => void) | null> {
    const before = this.#tail
    let release!: () => void
    const mine = new Promise<void>(resolve => {
      release = resolve
    })
    this.#tail = before.then(() => mine)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>(resolve => {
      timer = setTimeout(() => resolve('late'), waitMs)
    })
    const first = await Promise.race([before, late])
    clearTimeout(timer)
    if (first !== 'late') return release
    release()
    return null
  }
}
