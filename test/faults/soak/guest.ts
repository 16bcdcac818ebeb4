/** A guest as the soak sees it: its serial shell, a writer in it, and what its disk must hold. */
import type { LayerView } from '../../system/support/api.ts'
import { SerialShell } from '../../system/support/serial.ts'
import { until } from '../../system/support/until.ts'
import { type Epoch, Timeline } from './timeline.ts'

/** Pauses without a process, and so without work for an emulated processor. */
const prepare = 'mount -o remount,sync / && rm -f /tmp/silent && mkfifo /tmp/silent && exec 3<>/tmp/silent'
const FACTOR = 7919
/** The first line that is wrong, or the number of right ones. A last line may be in pieces: nobody was told of it. */
const examine = (file: string) =>
  `awk '$1 != NR || $2 != NR * ${FACTOR} { print "wrong", NR; bad = 1; exit } END { if (!bad) print "right", NR }' ${file}`

export class SoakGuest {
  readonly id: number
  timeline = new Timeline()
  /** To where an undo leads. */
  beforeRestore: Timeline | undefined
  readonly #stateDir: string
  #shell: SerialShell | undefined
  #epoch: Epoch | undefined
  #stopListening = () => {}
  static #epochs = 0

  constructor(stateDir: string, id: number) {
    this.#stateDir = stateDir
    this.id = id
  }

  /** After a boot: what must be on the disk is, and the writer goes on in a new epoch. */
  async enter(): Promise<void> {
    this.leave()
    this.#shell = await SerialShell.open(this.#stateDir, this.id, 120_000)
    await this.#shell.run(prepare)
    await this.verify()
    const number = ++SoakGuest.#epochs
    const epoch = this.timeline.begin(number)
    this.#epoch = epoch
    let rest = ''
    this.#stopListening = this.#shell.onData(text => {
      const said = rest + text
      let end = 0
      for (const match of said.matchAll(/<w(\d+)>/g)) {
        epoch.acknowledged = Math.max(epoch.acknowledged, Number(match[1]))
        end = match.index + match[0].length
      }
      rest = said.slice(end)
    })
    // The file system is mounted `sync`: a line is on the disk when echo returns.
    const line = `echo "$w $((w*${FACTOR}))" >> /data/log.${number}`
    this.#shell.type(`w=0; while :; do w=$((w+1)); ${line}; echo "<w$w>"; read -t 0.02 -u 3 nothing; done &\n`)
    await this.more(3)
  }

  /** It writes on. */
  async more(lines: number): Promise<void> {
    const epoch = this.#epoch
    if (!epoch) throw new Error(`nobody writes in server ${this.id}`)
    const wanted = epoch.acknowledged + lines
    await until(`server ${this.id} to write on`, () => epoch.acknowledged >= wanted)
  }

  /** Its machine has gone, or is about to. */
  leave(): void {
    this.#stopListening()
    this.#shell?.close()
    this.#shell = undefined
    this.#epoch = undefined
  }

  get isInside(): boolean {
    return this.#shell !== undefined
  }

  /** Every file of the timeline holds what was reported, and nothing is there of another one. Throws what is wrong. */
  async verify(): Promise<void> {
    const shell = this.#shell
    if (!shell) throw new Error(`nobody is in server ${this.id}`)
    await shell.run('echo 3 > /proc/sys/vm/drop_caches')
    const there: string[] = [...((await shell.run('ls /data')).match(/log\.\d+/g) ?? [])]
    const known = new Map(this.timeline.epochs.map(epoch => [`log.${epoch.number}`, epoch]))
    for (const file of there) if (!known.has(file)) throw new Error(`server ${this.id} holds ${file} of another time`)
    for (const [file, epoch] of known) {
      // Its own lines go on while it is looked at.
      const { acknowledged } = epoch
      if (!there.includes(file)) {
        if (acknowledged === 0) continue
        throw new Error(`server ${this.id} has lost ${file} with ${acknowledged} lines`)
      }
      const [, verdict, number] = /(wrong|right) (\d+)/.exec(await shell.run(examine(`/data/${file}`))) ?? []
      const right = verdict === 'right' ? Number(number) : Number(number) - 1
      if (right < acknowledged) {
        throw new Error(`server ${this.id}, ${file}: ${acknowledged} lines were reported, ${right} are right`)
      }
      if (epoch.most !== null && right > epoch.most) {
        throw new Error(`server ${this.id}, ${file}: ${right} lines, but at most ${epoch.most} had been written`)
      }
    }
  }
}

export function pathOfSnapshot(layers: readonly LayerView[], snapshotId: number): string | undefined {
  return layers.find(layer => layer.snapshots.some(({ id }) => id === snapshotId))?.path
}
