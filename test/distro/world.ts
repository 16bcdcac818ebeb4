/** What the steps share: a service of their own, and what they have made with it so far. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Api } from '../system/support/api.ts'
import { newStateDir, type RunningService, removeState, startService } from '../system/support/service.ts'
import { type Guest, makeKey } from './support/ssh.ts'

export interface Member {
  readonly id: number
  readonly guest: Guest
}

export class World {
  readonly service: RunningService
  readonly api: Api
  /** For keys; nothing of the service's. */
  readonly folder: string
  readonly publicKey: string
  /** Every server so far, for whoever looks around. */
  readonly members: Member[] = []

  private constructor(service: RunningService, folder: string, publicKey: string) {
    this.service = service
    this.api = new Api(service)
    this.folder = folder
    this.publicKey = publicKey
  }

  static async make(): Promise<World> {
    const folder = await mkdtemp(path.join(tmpdir(), 'restpoint-distro-'))
    const publicKey = await makeKey(folder)
    const env = { RESTPOINT_DEMO: '0', RESTPOINT_ACCEL: process.env['RESTPOINT_ACCEL'] || 'auto' }
    return new World(await startService({ stateDir: await newStateDir(), env }), folder, publicKey)
  }

  async end(): Promise<void> {
    await this.service.kill()
    await removeState(this.service.stateDir)
    await rm(this.folder, { recursive: true, force: true })
  }
}
