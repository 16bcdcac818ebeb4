/** Where the service is and with which token: an option goes before the environment, and that before the file. */
import { readFile } from 'node:fs/promises'
import { CliError } from './failure.ts'
import { readSettings } from './settings-file.ts'

export const DEFAULT_URL = 'http://127.0.0.1:8600'

/** Options that every command has. */
export interface Common {
  readonly url?: string
  readonly tokenFile?: string
  readonly account?: string
  readonly json?: boolean
}

/** @throws CliError where there is no token. */
export async function findSettings({ url, tokenFile }: Common): Promise<{ url: string; token: string }> {
  const told = url ?? (process.env['RESTPOINT_URL'] || undefined)
  const given = tokenFile === undefined ? process.env['RESTPOINT_TOKEN'] || undefined : await tokenIn(tokenFile)
  if (told !== undefined && given !== undefined) return { url: told, token: given }
  const saved = await readSettings()
  const target = told ?? saved?.url ?? DEFAULT_URL
  // The saved token is for the service that it was saved for; no other gets to see it.
  const token = given ?? (saved && isSame(saved.url, target) ? saved.token : undefined)
  if (token !== undefined) return { url: target, token }
  throw new CliError(
    'notPermitted',
    `There is no token for ${target}.`,
    'Run "restpoint login", or set RESTPOINT_TOKEN.',
  )
}

async function tokenIn(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CliError('usage', `The token cannot be read from ${file}: ${code}.`, 'Name a file that you can read.')
  }
}

function isSame(one: string, other: string): boolean {
  const plain = (url: string) => (URL.canParse(url) ? new URL(url).href : url).replace(/\/+$/, '')
  return plain(one) === plain(other)
}
