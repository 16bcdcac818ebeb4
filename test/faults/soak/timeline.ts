/**
 * What a guest's disk must hold, known from outside of it. A writer in the guest appends numbered lines to a file of its
 * own for each time that it is started (an epoch); a line is reported when it is on the disk. Of each file the timeline
 * knows how many lines were reported: those must be there.
 */

export interface Epoch {
  readonly number: number
  /** Lines that the guest has reported as durable. */
  acknowledged: number
  /** It can hold no more than these; null: it may, the guest was cut off while it wrote. */
  most: number | null
}

/** Written and not yet heard of when a snapshot's answer came. */
const UNHEARD = 200

export class Timeline {
  readonly #epochs: Epoch[]

  constructor(epochs: readonly Epoch[] = []) {
    this.#epochs = epochs.map(epoch => ({ ...epoch }))
  }

  get epochs(): readonly Epoch[] {
    return this.#epochs
  }

  begin(number: number): Epoch {
    const epoch = { number, acknowledged: 0, most: null }
    this.#epochs.push(epoch)
    return epoch
  }

  /** As it is now; of the epoch that is being written, what is reported meanwhile is not part of it. */
  cut(): Timeline {
    return new Timeline(this.#epochs)
  }

  /** A snapshot that was cut between `before` and now. */
  static between(before: Timeline, now: Timeline): Timeline {
    return new Timeline(
      before.#epochs.map(epoch => {
        const later = now.#epochs.find(({ number }) => number === epoch.number)
        const isLast = epoch === before.#epochs.at(-1)
        return { ...epoch, most: isLast && later ? later.acknowledged + UNHEARD : epoch.most }
      }),
    )
  }
}
