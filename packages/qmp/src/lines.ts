const newline = 0x0a

/** A peer sent more than `maxBytes` without a line's end. */
export class LineTooLong extends Error {
  override readonly name = 'LineTooLong'
  readonly maxBytes: number

  constructor(maxBytes: number) {
    super(`a line is longer than ${maxBytes} bytes`)
    this.maxBytes = maxBytes
  }
}

/**
 * Cuts a byte stream into lines, the framing of QMP, of the guest agent and of our own helper. Bytes, not text: a
 * chunk may end within a character. What has no line's end yet is kept, up to `maxBytes`.
 */
export class LineSplitter {
  readonly #maxBytes: number
  #rest: Buffer[] = []
  #restBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The lines that `chunk` completes, without their ends. Throws `LineTooLong`; the splitter is of no use after. */
  push(chunk: Buffer): Buffer[] {
    const lines: Buffer[] = []
    let start = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      this.#keep(chunk.subarray(start, end))
      lines.push(this.#rest.length === 1 ? (this.#rest[0] as Buffer) : Buffer.concat(this.#rest))
      this.#rest = []
      this.#restBytes = 0
      start = end + 1
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start))
    return lines
  }

  #keep(part: Buffer): void {
    this.#restBytes += part.length
    if (this.#restBytes > this.#maxBytes) throw new LineTooLong(this.#maxBytes)
    this.#rest.push(part)
  }
}

/** A line as a JSON object; `null` for anything else. */
export function parseObject(line: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}
