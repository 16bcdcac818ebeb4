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

export type Picture = Readonly<Record<string, string>>

export async function takePicture(url: string, token: string, serverId: number): Promise<Picture> {
  const client = connect(url, token)
  const taken = Object.entries(lists).map(async ([name, { path, row }]) => {
    const reply = await client.get(path.replace('{server}', String(serverId)))
    if (reply.status !== 200) throw new Error(`GET ${path} answered ${reply.status}`)
    return [name, JSON.stringify(rows<Row>(reply).flatMap(row))]
  })
  return Object.fromEntries(await Promise.all(taken))
}

/** What has changed, in words. */
export function differences(before: Picture, after: Picture): string[] {
  return Object.keys(before)
    .filter(name => before[name] !== after[name])
    .map(name => `the ${name} have changed: ${before[name]?.slice(0, 300)} → ${after[name]?.slice(0, 300)}`)
}
