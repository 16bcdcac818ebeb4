/**
 * Heartbeats that the guest sends while snapshots are taken: `c` as fast as it can think, `w` after each write that
 * has reached its disk. What arrives is timed here; what was lost or came twice shows in the numbers.
 */
import { strict as assert } from 'node:assert'
import type { SerialShell } from './serial.ts'
import { until } from './until.ts'

export type Kind = 'c' | 'w'

interface Beat {
  readonly number: number
  readonly at: number
}

/** Nothing but what the shell does itself: a process for each beat would take longer than what is to be measured. */
const pause = 'read -t 0.002 -u 3 nothing'
const loops = [
  `while :; do c=$((c+1)); echo "<c$c>"; ${pause}; done &`,
  // The file system is mounted `sync`: each of these is on the disk when echo returns.
  `while :; do w=$((w+1)); echo $w >> /data/beat; echo "<w$w>"; ${pause}; done &`,
]

export class Beats {
  readonly #shell: SerialShell
  readonly #beats: Record<Kind, Beat[]> = { c: [], w: [] }
  readonly #stopListening: () => void
  #rest = ''

  private constructor(shell: SerialShell) {
    this.#shell = shell
    this.#stopListening = shell.onData(text => this.#receive(text, performance.now()))
  }

  static async start(shell: SerialShell): Promise<Beats> {
    await shell.run('mount -o remount,sync / && mkfifo /tmp/silent && exec 3<>/tmp/silent')
    const beats = new Beats(shell)
    for (const loop of loops) shell.type(`${loop}\n`)
    await beats.more(20)
    return beats
  }

  #receive(text: string, at: number): void {
    const said = this.#rest + text
    let end = 0
    for (const match of said.matchAll(/<([cw])(\d+)>/g)) {
      this.#beats[match[1] as Kind].push({ number: Number(match[2]), at })
      end = match.index + match[0].length
    }
    this.#rest = said.slice(end)
  }

  count(kind: Kind): number {
    return this.#beats[kind].length
  }

  /** Waits for so many more of each: a guest that is frozen, or dead, does not send them. */
  async more(number: number): Promise<void> {
    for (const kind of ['c', 'w'] as const) {
      const from = this.count(kind)
      await until(`${number} more beats of ${kind}`, () => this.count(kind) >= from + number)
    }
  }

  /** The longest silence within a time, ms; the silence it was in at the beginning included. */
  longestGap(kind: Kind, from: number, to: number): number {
    let longest = 0
    let last: number | undefined
    for (const { at } of this.#beats[kind]) {
      if (last !== undefined && at >= from && last <= to) longest = Math.max(longest, at - last)
      last = at
    }
    return longest
  }

  assertContinuous(): void {
    for (const kind of ['c', 'w'] as const) {
      const numbers = this.#beats[kind].map(beat => beat.number)
      const from = numbers[0] as number
      assert.deepEqual(
        numbers,
        numbers.map((_, index) => from + index),
        `no beat of ${kind} is lost or doubled`,
      )
    }
  }

  /** The last write that the guest has reported. */
  get lastWrite(): number {
    return this.#beats.w.at(-1)?.number ?? 0
  }

  async stop(): Promise<void> {
    // The loops have no names: the shell knows them as its jobs. What they say meanwhile mixes with our typing.
    this.#shell.type('kill %1 %2\n')
    let before = -1
    await until('the beats to end', async () => {
      const same = before === this.count('c')
      before = this.count('c')
      await new Promise(resolve => setTimeout(resolve, 200))
      return same
    })
    this.#stopListening()
  }
}
