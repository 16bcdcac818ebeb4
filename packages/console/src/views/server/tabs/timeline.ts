/** Where moments stand on a line from the first one to now. Pure. */

export interface Moment {
  readonly id: number
  /** Epoch ms. */
  readonly at: number
}

export interface Placed {
  readonly id: number
  /** 0: the first moment. 1: now. */
  readonly share: number
}

/** Oldest first, at most `least` closer together than they are: what is seen can be told apart. */
export function placed(moments: readonly Moment[], now: number, least = 0.03): Placed[] {
  const inOrder = [...moments].sort((a, b) => a.at - b.at || a.id - b.id)
  const first = inOrder[0]?.at ?? now
  const span = Math.max(1, now - first)
  const room = inOrder.length > 0 ? Math.min(least, 1 / inOrder.length) : least
  // From the newest back, because that is the end that gets crowded.
  let limit = 1 - room
  const places = inOrder.toReversed().map(({ id, at }) => {
    const share = Math.max(0, Math.min(limit, (at - first) / span))
    limit = share - room
    return { id, share }
  })
  // What was pushed beyond the beginning goes on from there.
  let floor = 0
  return places.toReversed().map(({ id, share }) => {
    const moved = Math.max(floor, share)
    floor = moved + room
    return { id, share: Math.min(1, moved) }
  })
}
