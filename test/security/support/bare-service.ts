/** The real service without a server in it, for what is sent to it from outside. */
import { readFile } from 'node:fs/promises'
import type { TestContext } from 'node:test'
import { Api } from '../../system/support/api.ts'
import { newStateDir, type RunningService, removeState, startService } from '../../system/support/service.ts'

export interface BareService extends RunningService {
  readonly api: Api
  readonly port: number
  /** Of its memory, bytes. */
  resident(): Promise<number>
}

export async function openBareService(t: TestContext, env: Record<string, string> = {}): Promise<BareService> {
  const stateDir = await newStateDir()
  t.after(() => removeState(stateDir))
  const service = await startService({ stateDir, env: { RESTPOINT_DEMO: '0', ...env } })
  t.after(() => service.kill())
  return {
    ...service,
    api: new Api(service),
    port: Number(new URL(service.url).port),
    async resident() {
      const status = await readFile(`/proc/${service.process.pid}/status`, 'utf8')
      return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024
    },
  }
}
