/** The file that `restpoint login` writes: where the service is, and the token. For its owner's eyes alone. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { CliError } from './failure.ts'

export interface SavedSettings {
  readonly url: string
  readonly token: string
}

export function settingsPath(env: NodeJS.ProcessEnv = process.env): string {
  return path.join(env['XDG_CONFIG_HOME'] || path.join(homedir(), '.config'), 'restpoint/config.json')
}

/** Undefined where there is none. @throws CliError where it cannot be used. */
export async function readSettings(): Promise<SavedSettings | undefined> {
  const file = settingsPath()
  try {
    const { url, token } = JSON.parse(await readFile(file, 'utf8'))
    if (typeof url === 'string' && typeof token === 'string') return { url, token }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    // Not the message of JSON.parse: it quotes what it read.
    if (code) throw new CliError('failed', `${file} cannot be read: ${code}.`, 'Make it readable to you.')
  }
  throw new CliError('failed', `${file} is not what "restpoint login" writes.`, 'Run "restpoint login" again.')
}

/** As a whole or not at all, and never readable to others. */
export async function writeSettings(settings: SavedSettings): Promise<string> {
  const file = settingsPath()
  const draft = `${file}.${process.pid}`
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(draft, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 })
  await rename(draft, file)
  return file
}
