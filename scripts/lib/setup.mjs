import { spawn } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's own folder; everything is run from here. */
export const projectFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')

/** The end of the set-up, with a text for people. Exit code 3: something has to be installed first. */
export class Stop extends Error {
  constructor(message, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** What the set-up does goes to standard error: standard output belongs to the command. */
export function say(line) {
  console.error(line)
}

/** `auto`: install what is missing where that is allowed; `print`: never install, print the commands. */
export function setupMode(env) {
  const mode = env.RESTPOINT_SETUP || 'auto'
  if (mode === 'auto' || mode === 'print') return mode
  throw new Stop(`RESTPOINT_SETUP is "${mode}"; it must be auto or print.`, 64)
}

/** Runs a program of the set-up, its output going where ours goes; returns its exit code, or 127 when it is not there. */
export function runStep(program, args, env = {}) {
  return new Promise((resolve, reject) => {
    const options = { cwd: projectFolder, env: { ...process.env, ...env }, stdio: ['ignore', 2, 2] }
    const child = spawn(program, args, options)
    child.once('error', error => (error.code === 'ENOENT' ? resolve(127) : reject(error)))
    child.once('exit', code => resolve(code ?? 1))
  })
}
