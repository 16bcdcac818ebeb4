/** The real program as a process of its own, with a configuration folder of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'

export const program = path.resolve(import.meta.dirname, '../../bin/restpoint.mjs')

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly input?: string
}

export type Cli = ReturnType<typeof openCli>

/** `service`: where RESTPOINT_URL and RESTPOINT_TOKEN point; without it there are none. */
export function openCli(t: Pick<TestContext, 'after'>, service?: { readonly url: string; readonly token: string }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'restpoint-cli-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const children = new Set<ChildProcessWithoutNullStreams>()
  // One that a failed test has left.
  t.after(() => {
    for (const child of children) child.kill('SIGKILL')
  })
  const own = service ? { RESTPOINT_URL: service.url, RESTPOINT_TOKEN: service.token } : {}

  function environment(more: RunOptions['env'] = {}): NodeJS.ProcessEnv {
    const kept = Object.entries(process.env).filter(
      ([name]) => !/^(RESTPOINT_|NO_COLOR|FORCE_COLOR|NODE_OPTIONS|NODE_TEST|(CI|TERM)$)/.test(name),
    )
    return {
      ...Object.fromEntries(kept),
      XDG_CONFIG_HOME: folder,
      XDG_STATE_HOME: path.join(folder, 'state'),
      TERM: 'xterm',
      ...own,
      ...more,
    }
  }

  function start(args: readonly string[], { env, input = '' }: RunOptions = {}): ChildProcessWithoutNullStreams {
    const child = spawn(process.execPath, [program, ...args], { env: environment(env) })
    child.stdin.on('error', () => {}).end(input)
    children.add(child)
    child.once('exit', () => children.delete(child))
    return child
  }

  async function run(args: readonly string[], options?: RunOptions): Promise<Ran> {
    return ended(start(args, options))
  }

  return {
    folder,
    environment,
    start,
    run,
    /** What it answers with --json; it must succeed. */
    // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it
    json: async (...args: string[]): Promise<any> => {
      const { code, stdout, stderr } = await run([...args, '--json'])
      if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`)
      return JSON.parse(stdout)
    },
  }
}

export async function ended(child: ChildProcessWithoutNullStreams): Promise<Ran> {
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, stdout, stderr }
}

export interface OnTerminal {
  /** All that it printed, standard error included, with what terminals obey. */
  readonly screen: string
  readonly code: number | null
}

/** The same at a terminal (util-linux' script makes one). `type`: what is typed as soon as there is a prompt. */
export async function runAtTerminal(
  cli: Cli,
  args: readonly string[],
  { env, typed }: { env?: RunOptions['env']; typed?: string } = {},
): Promise<OnTerminal> {
  const line = [process.execPath, program, ...args].map(word => `'${word}'`).join(' ')
  const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], { env: cli.environment(env) })
  let screen = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    screen += chunk
    if (typed !== undefined && screen.includes(': ')) {
      child.stdin.write(typed)
      typed = undefined
    }
  })
  const [code] = await once(child, 'close')
  return { screen, code }
}
