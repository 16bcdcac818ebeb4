/** One service with its demo server booted, and a shell in it: where most system tests begin. */
import { Api } from './api.ts'
import { SerialShell } from './serial.ts'
import { newStateDir, type RunningService, removeState, startService } from './service.ts'
import { until } from './until.ts'

export class Rig {
  /** Whoever moves it says so here. */
  stateDir: string
  /** The demo server's. */
  readonly serverId = 1
  service: RunningService
  api: Api
  shell: SerialShell

  private constructor(stateDir: string, service: RunningService, shell: SerialShell) {
    this.stateDir = stateDir
    this.service = service
    this.api = new Api(service)
    this.shell = shell
  }

  static async start(env: Record<string, string> = {}, entry?: string): Promise<Rig> {
    const stateDir = await newStateDir()
    try {
      const service = await startService({ stateDir, env, ...(entry === undefined ? {} : { entry }) })
      return new Rig(stateDir, service, await SerialShell.open(stateDir, 1))
    } catch (error) {
      await removeState(stateDir)
      throw error
    }
  }

  /** Another service on the same folder. The server runs on, and the shell with it. */
  async restart(how: 'stop' | 'kill', env: Record<string, string> = {}, entry?: string): Promise<void> {
    await this.service[how]()
    this.service = await startService({ stateDir: this.stateDir, env, ...(entry === undefined ? {} : { entry }) })
    this.api = new Api(this.service)
  }

  /** After a restore or a start: QEMU is another one. */
  async newShell(): Promise<SerialShell> {
    this.shell.close()
    this.shell = await SerialShell.open(this.stateDir, this.serverId)
    return this.shell
  }

  /** Until the service sees the guest's agent. */
  async agent(): Promise<void> {
    const path = `/servers/${this.serverId}/`
    await until('the guest agent', async () => (await this.api.get<ServerDetail>(path)).agent.connected)
  }

  server(): Promise<ServerDetail> {
    return this.api.get<ServerDetail>(`/servers/${this.serverId}/`)
  }

  async end(): Promise<void> {
    this.shell.close()
    await this.service.kill()
    await removeState(this.stateDir)
  }
}

export interface ServerDetail {
  readonly status: string
  readonly status_reason: string | null
  readonly agent: { readonly connected: boolean }
  readonly undo: { readonly available: boolean; readonly operation_id: number | null }
}
