/** Names or ids: digits are an id, all else is a name that exactly one thing must have. */
import type { Restpoint } from '@restpoint/sdk/source'
import type { Connected } from './context.ts'
import { CliError } from './failure.ts'

interface Candidate {
  readonly id: number
  /** For people, where names are the same. */
  readonly told: string
}

export function serverId({ restpoint, scope }: Connected, text: string): Promise<number> {
  return find('server', text, async () =>
    (await restpoint.servers.list(scope)).results
      .filter(({ name }) => name === text)
      .map(({ id, status }) => ({ id, told: `${id} (${status})` })),
  )
}

/** Only among those of one server, if it is told. */
export async function snapshotId(connected: Connected, text: string, server: string | undefined): Promise<number> {
  const { restpoint, scope } = connected
  return find(
    'snapshot',
    text,
    async () => {
      const query = server === undefined ? {} : { server_id: await serverId(connected, server) }
      return (await restpoint.snapshots.list({ ...scope, ...query })).results
        .filter(({ name }) => name === text)
        .map(({ id, server, status }) => ({ id, told: `${id} (of ${server.name}, ${status})` }))
    },
    'Give the id, or the server with --server.',
  )
}

export function imageId({ restpoint, scope }: Connected, text: string): Promise<number> {
  return find('image', text, async () =>
    (await restpoint.images.list(scope)).results
      .filter(({ name }) => name === text)
      .map(({ id, status }) => ({ id, told: `${id} (${status})` })),
  )
}

export function tokenId({ restpoint, scope }: Connected, text: string): Promise<number> {
  return find('token', text, async () =>
    (await restpoint.tokens.list(scope)).results
      .filter(({ name }) => name === text)
      .map(({ id, created_at }) => ({ id, told: `${id} (of ${created_at})` })),
  )
}

/** By its email address, whatever the case of its letters. */
export function accountId(restpoint: Restpoint, text: string): Promise<number> {
  return find('account', text, async () =>
    (await restpoint.accounts.list()).results
      .filter(({ email }) => email.toLowerCase() === text.toLowerCase())
      .map(({ id, email }) => ({ id, told: `${id} (${email})` })),
  )
}

async function find(
  noun: string,
  text: string,
  candidates: () => Promise<readonly Candidate[]>,
  ifAmbiguous = 'Give the id.',
): Promise<number> {
  if (/^\d+$/.test(text)) return Number(text)
  const found = await candidates()
  const [only] = found
  if (!only) throw new CliError('notFound', `There is no ${noun} "${text}".`, `See: restpoint ${noun} list`)
  if (found.length === 1) return only.id
  const told = found.map(({ told }) => told).join(', ')
  throw new CliError('usage', `There are ${found.length} ${noun}s "${text}": ${told}.`, ifAmbiguous)
}
