/** The service as a person starts it: `npm start`, and what that prints. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { freePort, newStateDir, removeState, withoutOurs } from '../../system/support/service.ts'
import { until } from '../../system/support/until.ts'

const projectFolder = path.resolve(import.meta.dirname, '../../..')
const START_LIMIT_MS = 180_000

export class Service {
  readonly stateDir: string
  readonly url: string
  /** With the permission `admin`. */
  token = ''
  /** Signs in once. */
  signInLink = ''
  readonly #env: NodeJS.ProcessEnv
  #npm: ChildProcess | undefined

  private constructor(stateDir: string, port: number, env: Record<string, string>) {
    this.stateDir = stateDir
    this.url = `http://127.0.0.1:${port}`
    this.#env = {
      ...withoutOurs(process.env),
      RESTPOINT_STATE_DIR: stateDir,
      RESTPOINT_LISTEN: `127.0.0.1:${port}`,
      RESTPOINT_ACCEL: 'tcg',
      RESTPOINT_RESERVE_MB: '64',
      ...env,
    }
  }

  /** Its demo server has booted, unless `env` says that there is none. */
  static async start(env: Record<string, string> = {}): Promise<Service> {
    const service = new Service(await newStateDir(), await freePort(), env)
    try {
      const said = await service.again()
      service.token = (await readFile(path.join(service.stateDir, 'admin-token'), 'utf8')).trim()
      service.signInLink = /http:\S+#sign-in=\S+/.exec(said)?.[0] ?? ''
      return service
    } catch (error) {
      await service.end()
      throw error
    }
  }

  /** @returns what it has said until it was ready. */
  async again(): Promise<string> {
    const npm = spawn('npm', ['start'], { cwd: projectFolder, stdio: ['ignore', 'pipe', 'pipe'], env: this.#env })
    this.#npm = npm
    let said = ''
    for (const stream of [npm.stdout, npm.stderr]) stream.on('data', chunk => (said += chunk))
    const isReady = () => {
      if (npm.exitCode !== null || npm.signalCode !== null) throw new Error(`the service did not come up:\n${said}`)
      return said.includes('Restpoint is ready')
    }
    await until('the service to be ready', isReady, START_LIMIT_MS)
    return said
  }

  /** SIGKILL, and gone. Its servers run on. */
  async kill(): Promise<void> {
    const npm = this.#npm
    if (!npm || npm.exitCode !== null || npm.signalCode !== null) return
    const ended = new Promise(done => npm.once('exit', done))
    // npm and what it has started end by themselves when that ends.
    process.kill(await serviceBelow(npm.pid as number), 'SIGKILL')
    await ended
  }

  async end(): Promise<void> {
    await this.kill()
    await removeState(this.stateDir)
  }
}

/** npm has started a shell or a Node, and so on: none of these has two children before it is the service itself. */
async function serviceBelow(pid: number): Promise<number> {
  if ((await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes('server/src/main.ts')) return pid
  const [child] = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ')
  if (!child) throw new Error('npm has started no service')
  return serviceBelow(Number(child))
}
