/** The machines that run, by server: found, started, ended, watched. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Monitor } from '@restpoint/qmp/monitor'
import type { Layer, Machine, MachineEvent, MachineState } from '../driver.ts'
import { machineName } from './command-line.ts'
import type { Host } from './host.ts'
import { endedWithHost, noteOwnEnd, noteStart } from './host-end.ts'
import { type LaunchDeps, launch } from './launch.ts'
import { finishStart } from './network.ts'
import { keepFlushed } from './nvram.ts'
import type { GuestPaths } from './paths.ts'
import { findProcess, killProcess, waitUntilGone } from './process.ts'
import { ENDED_BY_SIGNAL, reasonOf } from './reasons.ts'
import { Session } from './session.ts'

/** How long a QEMU may take to open its monitor, ms: a long chain on a slow disk is read first. */
const START_LIMIT_MS = 60_000
const QUIT_LIMIT_MS = 15_000
/** From SIGTERM to SIGKILL, for one whose monitor does not answer. */
const TERM_LIMIT_MS = 5_000
const CONNECT_LIMIT_MS = 5_000
/** From the monitor's end to the process's end. */
const ENDING_LIMIT_MS = 5_000

export class Machines {
  readonly #host: Host
  readonly #paths: GuestPaths
  readonly #deps: LaunchDeps
  readonly #sessions = new Map<number, Session>()
  readonly #opening = new Map<number, Promise<Session | undefined>>()
  readonly #lastReasons = new Map<number, string>()
  readonly #listeners = new Set<(event: MachineEvent) => void>()
  /** Per server: what lies in its folder, and its tap, are made and removed by one at a time. */
  readonly #turns = new Map<number, Promise<unknown>>()
  #closing = false

  constructor(deps: LaunchDeps) {
    this.#host = deps.host
    this.#paths = deps.paths
    this.#deps = deps
  }

  sessions(): ReadonlyMap<number, Session> {
    return this.#sessions
  }

  onEvent(listener: (event: MachineEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The session of a running machine; undefined when there is none. */
  find(serverId: number, limitMs = CONNECT_LIMIT_MS): Promise<Session | undefined> {
    const known = this.#sessions.get(serverId)
    if (known && !known.monitor.closed) return Promise.resolve(known)
    let opening = this.#opening.get(serverId)
    if (!opening) {
      opening = this.#open(serverId, limitMs).finally(() => this.#opening.delete(serverId))
      this.#opening.set(serverId, opening)
    }
    return opening
  }

  /** A process that is coming up or going down refuses us for a while: ask until it answers or is gone. */
  async #open(serverId: number, limitMs: number): Promise<Session | undefined> {
    const own = this.#paths.machine(serverId)
    for (const deadline = this.#host.now() + limitMs; ; await sleep(4)) {
      const found = await findProcess(this.#host, own, machineName(serverId))
      if (!found) return undefined
      let monitor: Monitor | undefined
      try {
        monitor = await this.#host.connect(own.monitor, limitMs)
        const session = await Session.open(monitor, found)
        this.#watch(serverId, session)
        this.#tell(serverId)
        return session
      } catch (error) {
        // A monitor that is left open would keep everybody out: QEMU's socket takes one client at a time.
        monitor?.close()
        if (this.#closing || this.#host.now() > deadline) throw error
      }
    }
  }

  #watch(serverId: number, session: Session): void {
    this.#sessions.set(serverId, session)
    keepFlushed(session)
    session.monitor.onEvent(event => {
      const reason = reasonOf(event)
      if (reason !== undefined) session.lastReason = reason
      if (/^(STOP|RESUME|SHUTDOWN|BLOCK_IO_ERROR|GUEST_PANICKED)$/.test(event.name)) this.#tell(serverId)
    })
    session.monitor.onClose(() => {
      if (this.#sessions.get(serverId) === session) this.#sessions.delete(serverId)
      if (this.#closing) return
      this.#lastReasons.set(serverId, session.lastReason ?? 'QEMU ended unexpectedly; its qemu.log may say why')
      void this.#tellWhenGone(serverId)
    })
  }

  /** The monitor closes a moment before the process is gone; whoever asks on our word must find it gone. */
  async #tellWhenGone(serverId: number): Promise<void> {
    const own = this.#paths.machine(serverId)
    await waitUntilGone(this.#host, own, machineName(serverId), ENDING_LIMIT_MS).catch(() => false)
    // A signal may be the host's, which is being shut down: then it did not end by itself.
    const bySignal = this.#lastReasons.get(serverId) === ENDED_BY_SIGNAL
    await this.#tidy(serverId, { isOwnEnd: !bySignal }).catch(() => {})
    this.#tell(serverId)
  }

  /** What a machine that is gone leaves on the host; nothing where it is not gone, or is there again. */
  #tidy(serverId: number, { isOwnEnd }: { isOwnEnd: boolean }): Promise<void> {
    return this.#inTurn(serverId, async () => {
      const own = this.#paths.machine(serverId)
      if (await findProcess(this.#host, own, machineName(serverId))) return
      if (isOwnEnd) await noteOwnEnd(this.#host, own)
      await this.#deps.taps.remove(serverId)
    })
  }

  async #launch(machine: Machine): ReturnType<typeof launch> {
    try {
      return await this.#inTurn(machine.serverId, () => launch(this.#deps, machine))
    } catch (error) {
      await this.#tidy(machine.serverId, { isOwnEnd: true }).catch(() => {})
      throw error
    }
  }

  #inTurn<Value>(serverId: number, work: () => Promise<Value>): Promise<Value> {
    const result = (this.#turns.get(serverId) ?? Promise.resolve()).then(work)
    const settled = result.catch(() => {})
    this.#turns.set(serverId, settled)
    void settled.then(() => {
      if (this.#turns.get(serverId) === settled) this.#turns.delete(serverId)
    })
    return result
  }

  #tell(serverId: number): void {
    for (const listener of this.#listeners) listener({ serverId, kind: 'changed' })
  }

  async inspect(serverId: number): Promise<MachineState> {
    const session = await this.find(serverId)
    if (!session) return this.#absent(serverId)
    try {
      return await this.#ask(session)
    } catch (error) {
      if (session.monitor.closed && (await this.waitUntilGone(serverId, ENDING_LIMIT_MS))) return this.#absent(serverId)
      throw error
    }
  }

  #absent(serverId: number): MachineState {
    const reason = this.#lastReasons.get(serverId) ?? null
    return { state: 'absent', reason, chains: new Map(), agentConnected: false }
  }

  async #ask(session: Session): Promise<MachineState> {
    const { status } = await session.monitor.execute<{ status: string }>('query-status')
    return {
      state: status === 'running' ? 'running' : 'paused',
      reason: status === 'running' ? null : (session.lastReason ?? `QEMU says: ${status}`),
      chains: await session.exclusively(() => session.chains()),
      agentConnected: await session.isAgentConnected(),
    }
  }

  async start(machine: Machine): Promise<void> {
    const known = await this.find(machine.serverId)
    if (known) return finishStart(known, machine.network)
    await this.stopMergesInto(machine.disks.flatMap(disk => disk.layers))
    const { whyNot } = await this.#launch(machine)
    this.#lastReasons.delete(machine.serverId)
    const session = await this.find(machine.serverId, START_LIMIT_MS)
    if (!session) {
      const reason = await whyNot()
      await this.#tidy(machine.serverId, { isOwnEnd: true }).catch(() => {})
      throw reason
    }
    await noteStart(this.#host, this.#paths.machine(machine.serverId))
    await finishStart(session, machine.network)
  }

  /**
   * In all machines that share these layers: a layer that is written to cannot be opened by anybody else. Images never
   * are. One that does not answer may not merge at all: QEMU's lock on the file decides.
   */
  async stopMergesInto(layers: readonly Layer[]): Promise<void> {
    const stops = [...this.#sessions.values()].map(async session => {
      const shared = layers.filter(layer => !layer.isImage && session.hasOpen(layer.id))
      if (shared.length === 0) return
      await session.exclusively(async () => {
        for (const layer of shared) await session.cancelMergesInto(layer.id)
      })
    })
    await Promise.allSettled(stops)
  }

  /** Ends QEMU so that everything it cached is on disk; SIGKILL only when it does not end. */
  async quit(serverId: number): Promise<void> {
    const own = this.#paths.machine(serverId)
    const session = await this.find(serverId).catch(() => undefined)
    if (session) {
      session.lastReason = 'it was stopped'
      // No answer is an answer: QEMU may be gone before it could send one.
      await session.monitor.execute('quit', undefined, { timeoutMs: CONNECT_LIMIT_MS }).catch(() => {})
    } else {
      // Its monitor does not answer, or answers somebody else: to a signal it ends as cleanly as to `quit`.
      const found = await findProcess(this.#host, own, machineName(serverId))
      if (found) this.#host.kill(found.pid, 'SIGTERM')
    }
    if (!(await waitUntilGone(this.#host, own, machineName(serverId), session ? QUIT_LIMIT_MS : TERM_LIMIT_MS))) {
      await killProcess(this.#host, own, machineName(serverId))
    }
    await this.#tidy(serverId, { isOwnEnd: true })
  }

  /** At the service's start. Answers whether it ran until the host was shut down or crashed. */
  async settleAbsent(serverId: number): Promise<boolean> {
    const isHostsEnd = await endedWithHost(this.#host, this.#paths.machine(serverId))
    if (isHostsEnd) this.#lastReasons.set(serverId, 'the host was shut down or crashed')
    await this.#tidy(serverId, { isOwnEnd: !isHostsEnd })
    return isHostsEnd
  }

  async forget(serverId: number): Promise<void> {
    if (await this.find(serverId)) throw new Error(`server ${serverId} runs`)
    await this.#tidy(serverId, { isOwnEnd: true })
    this.#lastReasons.delete(serverId)
    await this.#host.removeFolder(this.#paths.machine(serverId).folder)
  }

  readonly isThere = async (serverId: number): Promise<boolean> =>
    (await findProcess(this.#host, this.#paths.machine(serverId), machineName(serverId))) !== undefined

  waitUntilGone(serverId: number, limitMs: number): Promise<boolean> {
    return waitUntilGone(this.#host, this.#paths.machine(serverId), machineName(serverId), limitMs)
  }

  close(): void {
    this.#closing = true
    for (const session of this.#sessions.values()) session.monitor.close()
  }
}
