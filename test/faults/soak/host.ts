/** The service and its machines in the hands of the soak: killed, started again, asked. */
import { Api, type Snapshot } from '../../system/support/api.ts'
import { machinesOf } from '../../system/support/machines.ts'
import { newStateDir, type RunningService, removeState, startService } from '../../system/support/service.ts'
import { until } from '../../system/support/until.ts'

interface Operation {
  readonly id: number
  readonly kind: string
  readonly status: string
  readonly step: string | null
  readonly waits_for: string | null
  readonly error: { readonly code: string; readonly detail: string } | null
}

const ended = ['completed', 'failed', 'cancelled']
/** Whatever dies, no operation may end with one of these. */
const neverRight = ['internal_error', 'chain_mismatch']

export class SoakHost {
  readonly stateDir: string
  readonly #env: Record<string, string>
  service: RunningService
  api: Api

  private constructor(stateDir: string, env: Record<string, string>, service: RunningService) {
    this.stateDir = stateDir
    this.#env = env
    this.service = service
    this.api = new Api(service)
  }

  static async start(env: Record<string, string>): Promise<SoakHost> {
    const stateDir = await newStateDir()
    return new SoakHost(stateDir, env, await startService({ stateDir, env }))
  }

  async killService(): Promise<void> {
    await this.service.kill()
  }

  async startService(): Promise<void> {
    this.service = await startService({ stateDir: this.stateDir, env: this.#env })
    this.api = new Api(this.service)
  }

  /** SIGKILL of a server's QEMU; false: it has none. */
  async killMachine(serverId: number): Promise<boolean> {
    const machine = (await machinesOf(this.stateDir)).find(({ name }) => name === `restpoint-${serverId}`)
    if (!machine) return false
    process.kill(machine.pid, 'SIGKILL')
    return true
  }

  async pidOf(serverId: number): Promise<number | undefined> {
    return (await machinesOf(this.stateDir)).find(({ name }) => name === `restpoint-${serverId}`)?.pid
  }

  /** Operations that a person has asked for have all ended. Merges may wait. */
  async calm(): Promise<void> {
    let left: Operation[] = []
    await until('every operation to end', async () => {
      const { results } = await this.api.get<{ results: Operation[] }>('/operations/?limit=100')
      left = results.filter(({ kind, status }) => kind !== 'merge' && !ended.includes(status))
      return left.length === 0
    }).catch(() => {
      throw new Error(`not ended within 60 s: ${JSON.stringify(left)}`)
    })
    const { results } = await this.api.get<{ results: Operation[] }>('/operations/?status=failed&limit=10')
    const wrong = results.find(({ error }) => neverRight.includes(error?.code ?? ''))
    if (wrong) throw new Error(`operation ${wrong.id} (${wrong.kind}) failed: ${wrong.error?.detail}`)
  }

  async snapshots(): Promise<(Snapshot & { readonly server: { readonly id: number } })[]> {
    return (await this.api.get<{ results: (Snapshot & { server: { id: number } })[] }>('/snapshots/?limit=100')).results
  }

  async status(serverId: number): Promise<string> {
    return (await this.api.get<{ status: string }>(`/servers/${serverId}/`)).status
  }

  async latest(serverId: number, kind: string): Promise<Operation | undefined> {
    const { results } = await this.api.get<{ results: Operation[] }>(`/operations/?server_id=${serverId}&limit=100`)
    return results.find(operation => operation.kind === kind)
  }

  async end(): Promise<void> {
    await this.service.kill()
    await removeState(this.stateDir)
  }
}
