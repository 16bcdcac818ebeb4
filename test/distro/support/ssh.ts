/** A guest as its owner reaches it: over ssh, through the port that the host forwards. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { attempt, type RunOptions, run } from './run.ts'

const minute = 60_000

export class Guest {
  readonly name: string
  readonly #options: readonly string[]
  readonly #port: number

  /**
   * `folder` holds the key and, for each guest by its name, the host keys it once showed: a guest that comes back with
   * others is not reached.
   */
  constructor(name: string, port: number, folder: string) {
    this.name = name
    this.#port = port
    this.#options = [
      ...['-F', 'none', '-i', keyFile(folder), '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes'],
      ...['-o', `HostKeyAlias=${name}`, '-o', `UserKnownHostsFile=${path.join(folder, `known-${name}`)}`],
      ...['-o', 'StrictHostKeyChecking=accept-new', '-o', 'LogLevel=ERROR'],
      ...['-o', 'ConnectTimeout=20', '-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=12'],
      ...['-p', String(port), 'debian@127.0.0.1'],
    ]
  }

  /** For people to type. */
  get command(): string {
    return ['ssh', ...this.#options].join(' ')
  }

  /** Waits until a shell answers; milliseconds that took. */
  async reach(limitMs = 10 * minute): Promise<number> {
    const begun = Date.now()
    for (;;) {
      const { code, stderr } = await attempt('ssh', [...this.#options, 'true'], { limitMs: minute })
      if (code === 0) return Date.now() - begun
      if (Date.now() - begun > limitMs) {
        throw new Error(
          `${this.name} is not reached on port ${this.#port} after ${limitMs / minute} minutes: ${stderr}`,
        )
      }
      await sleep(500)
    }
  }

  /** Waits until all that happens at a boot has happened, and well; cloud-init included. */
  async settled(): Promise<void> {
    const { stdout, stderr } = await attempt('ssh', [...this.#options, 'systemctl is-system-running --wait'])
    if (stdout.trim() === 'running') return
    const failed = await this.run('systemctl --failed --no-legend; cloud-init status --long')
    throw new Error(`${this.name} is ${stdout.trim() || stderr} after its boot: ${failed}`)
  }

  /**
   * Runs a shell command; its output, without the last line's end. `lendPort`: through this port of its own the guest
   * reaches what we reach, by SOCKS, as long as the command runs.
   */
  async run(command: string, { lendPort, ...options }: RunOptions & { lendPort?: number } = {}): Promise<string> {
    const lent = lendPort === undefined ? [] : ['-o', 'ExitOnForwardFailure=yes', '-R', `127.0.0.1:${lendPort}`]
    return (await run('ssh', [...lent, ...this.#options, command], options)).trimEnd()
  }

  /** The same for what goes on. */
  stream(command: string): ChildProcessWithoutNullStreams {
    return spawn('ssh', [...this.#options, command])
  }
}

/** Makes the key that guests let in; the public part. */
export async function makeKey(folder: string): Promise<string> {
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'restpoint-distro', '-f', keyFile(folder)])
  return (await run('ssh-keygen', ['-y', '-f', keyFile(folder)])).trim()
}

const keyFile = (folder: string) => path.join(folder, 'key')
