import { spawn } from 'node:child_process'

/** Debian keeps some programs in /sbin, which is not on every user's PATH. */
const searched = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`

export interface RunOptions {
  readonly input?: string | Buffer
  readonly cwd?: string
  /** SIGKILL after so long; default: 10 minutes. */
  readonly limitMs?: number
}

/** Runs a program to its end and returns its standard output; throws with the end of what it said where it fails. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await attempt(program, args, options)
  if (code === 0) return stdout
  throw new Error(
    `${program} ${args.join(' ').slice(0, 300)} ended with ${code}: ${(stderr || stdout).trim().slice(-1500)}`,
  )
}

/** The same for who can go on without. The code is null where a signal ended it. */
export function attempt(
  program: string,
  args: readonly string[],
  { input = '', limitMs = 600_000, cwd }: RunOptions = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...process.env, PATH: searched, LC_ALL: 'C.UTF-8' },
      timeout: limitMs,
      killSignal: 'SIGKILL',
      ...(cwd === undefined ? {} : { cwd }),
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', chunk => (stdout += chunk))
    child.stderr.setEncoding('utf8').on('data', chunk => (stderr += chunk))
    child.once('error', reject)
    child.once('close', code => resolve({ code, stdout, stderr }))
    // A program that ends without reading it is told apart by its exit code.
    child.stdin.on('error', () => undefined).end(input)
  })
}
