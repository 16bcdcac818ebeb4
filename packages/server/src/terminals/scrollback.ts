/** What a console has said last, in a ring of bytes. */
export const SCROLLBACK_BYTES = 256 * 1024

export class Scrollback {
  /** Byte n of all that was said is at n % length. Taken with the first byte: many consoles never say one. */
  #ring: Buffer | undefined
  #said = 0

  /** How many bytes were said in all. */
  get said(): number {
    return this.#said
  }

  append(bytes: Buffer): void {
    this.#ring ??= Buffer.alloc(SCROLLBACK_BYTES)
    const kept = bytes.subarray(Math.max(0, bytes.length - SCROLLBACK_BYTES))
    this.#said += bytes.length
    const at = (this.#said - kept.length) % SCROLLBACK_BYTES
    const toTheEnd = kept.copy(this.#ring, at)
    kept.copy(this.#ring, 0, toTheEnd)
  }

  /** All that is kept, as a copy; where something is not, it begins with a whole character. */
  read(): Buffer {
    if (!this.#ring) return Buffer.alloc(0)
    if (this.#said <= SCROLLBACK_BYTES) return Buffer.from(this.#ring.subarray(0, this.#said))
    const at = this.#said % SCROLLBACK_BYTES
    const kept = Buffer.concat([this.#ring.subarray(at), this.#ring.subarray(0, at)])
    return kept.subarray(firstCharacter(kept))
  }
}

/** UTF-8: what begins with the bits 10 goes on with a character, for at most three bytes. */
function firstCharacter(bytes: Buffer): number {
  let at = 0
  while (at < 3 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at++
  return at
}
