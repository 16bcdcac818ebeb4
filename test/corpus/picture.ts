import { connect } from '../conformance/client.ts'
import { rows } from '../conformance/session.ts'

type Row = Record<string, unknown>

/** What counts as state, list by list. Last uses and what merges do in the background do not. */
const lists: Record<string, { path: string; row: (row: Row) => unknown }> = {
  snapshots: { path: '/snapshots/', row: row => row },
  servers: { path: '/servers/', row: ({ id, name, status }) => ({ id, name, status }) },
  tokens: { path: '/tokens/', row: ({ id, name, permissions, expires_at }) => ({ id, name, permissions, expires_at }) },
  operations: { path: '/operations/', row: ({ id, kind }) => (/merge/.test(String(kind)) ? [] : { id, kind }) },
  layers: { path: '/servers/{server}/layers/', row: ({ id, kind }) => ({ id, kind }) },
}

/** What a service has besides that can be asked for everything in `routes.ts`. */
const ownLists: typeof lists = {
  'servers themselves': { path: '/servers/{server}/', row: ({ agent: _, guest: __, updated_at: ___, ...row }) => row },
  images: { path: '/images/', row: row => row },
  accounts: { path: '/accounts/', row: row => row },
}

export type Picture = Readonly<Record<string, string>>

export interface Seen {
  readonly url: string
  readonly token: string
  readonly serverId: number
  /** Undefined: only what is documented is there. */
  readonly imageId?: number
}

export async function takePicture({ url, token, serverId, imageId }: Seen): Promise<Picture> {
  const client = connect(url, token)
  const all = imageId === undefined ? lists : { ...lists, ...ownLists }
  const taken = Object.entries(all).map(async ([name, { path, row }]) => {
    const reply = await client.get(path.replace('{server}', String(serverId)))
    if (reply.status !== 200) throw new Error(`GET ${path} answered ${reply.status}`)
    const found = (reply.json as { results?: unknown }).results === undefined ? [reply.json as Row] : rows<Row>(reply)
    return [name, JSON.stringify(found.flatMap(row))]
  })
  return Object.fromEntries(await Promise.all(taken))
}

/** What has changed, in words. */
export function differences(before: Picture, after: Picture): string[] {
  return Object.keys(before)
    .filter(name => before[name] !== after[name])
    .map(name => `the ${name} have changed: ${before[name]?.slice(0, 300)} → ${after[name]?.slice(0, 300)}`)
}
