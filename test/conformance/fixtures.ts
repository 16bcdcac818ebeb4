import { randomUUID } from 'node:crypto'
import { Skip } from './check.ts'
import type { Reply } from './client.ts'
import { rows, type ServerRow, type Session, type SnapshotRow } from './session.ts'

/** Not an id of anything, in a range that every server can hold. */
export const NOBODY = 2147483647

export const DESCRIPTION = 'Made by the conformance suite – ünïcode, "quotes" & <tags> ✓'

interface Asked {
  readonly name: string
  readonly reply: Reply
}

export interface Made extends Asked {
  readonly id: number
  /** Its rows as the list showed them, from the request to the end; undefined where the list did not show it. */
  readonly sightings: readonly (SnapshotRow | undefined)[]
  /** The last of them, if it says `completed`. */
  readonly completed: SnapshotRow | undefined
}

async function ask(session: Session, name: string, body: Record<string, unknown>): Promise<Asked> {
  return { name, reply: await session.create({ name, ...body }) }
}

async function follow(session: Session, asked: Asked): Promise<Made> {
  const id = (asked.reply.json as { id?: unknown } | undefined)?.id
  if (typeof id !== 'number') throw new Skip('needs a snapshot, and none could be created')
  const sightings: (SnapshotRow | undefined)[] = []
  const completed = await session.poll(async () => {
    const row = (await session.snapshots()).find(each => each.id === id)
    sightings.push(row)
    return row?.status === 'completed' ? row : undefined
  })
  return { ...asked, id, sightings, completed }
}

/** The request for a snapshot, with everything that it can say, and the reply to it, whatever that is. */
export const firstAsked = (session: Session) =>
  session.once('firstAsked', () => ask(session, session.name(), { description: DESCRIPTION }))

/** Most checks look at this one. */
export const first = (session: Session) => session.once('first', async () => follow(session, await firstAsked(session)))

/** A later one, without a description, its name holding the whole alphabet. */
export const secondAsked = (session: Session) =>
  session.once('secondAsked', async () => {
    await first(session).catch(() => {})
    return ask(session, `${session.mark}-AZ_az_09-`, {})
  })

export const second = (session: Session) =>
  session.once('second', async () => follow(session, await secondAsked(session)))

export async function completedFirst(session: Session): Promise<SnapshotRow> {
  const { completed } = await first(session)
  if (!completed) throw new Skip('needs a completed snapshot, and none was completed in time')
  return completed
}

/** The lists as they are with both snapshots there. */
export const listed = (session: Session) =>
  session.once('listed', async () => {
    await second(session).catch(() => {})
    return {
      all: await session.client.get('/snapshots/'),
      ofServer: await session.client.get(`/snapshots/?server_id=${session.server.id}`),
      servers: await session.client.get('/servers/'),
    }
  })

export interface Restored {
  readonly before: ServerRow
  readonly reply: Reply
  /** The same request again with the same Idempotency-Key, at once. Null at the documented level. */
  readonly replay: Reply | null
  /** Another restore, while the first was going on. */
  readonly busy: Reply | null
  /** Whether the first operation had already ended when the other was answered. */
  readonly busyTooLate: boolean
  readonly after: ServerRow
  readonly snapshotsAfter: readonly SnapshotRow[]
}

/** The one restore of a run: it costs a boot of the server. */
export const restored = (session: Session) =>
  session.once('restored', async (): Promise<Restored> => {
    const { id } = await completedFirst(session)
    await second(session).catch(() => {})
    const before = await session.settled()
    const path = `/snapshots/${id}/restore/`
    let key = ''
    const reply = await session.whenFree(path, () => {
      key = randomUUID()
      return session.full ? { 'idempotency-key': key } : {}
    })
    const replay = session.full
      ? await session.client.post(path, undefined, { headers: { 'idempotency-key': key } })
      : null
    const busy = session.full ? session.keepTrack(await session.client.post(path)) : null
    const busyTooLate = busy !== null && (await hasEnded(session, reply.headers.get('operation-id')))
    const after = await session.settled()
    return { before, reply, replay, busy, busyTooLate, after, snapshotsAfter: await session.snapshots() }
  })

async function hasEnded(session: Session, operation: string | null): Promise<boolean> {
  const reply = await session.client.get(`/operations/${operation}/`)
  return typeof (reply.json as { ended_at?: unknown } | undefined)?.ended_at === 'string'
}

export interface Deleted {
  readonly id: number
  readonly name: string
  readonly reply: Reply
  readonly listedAtOnce: boolean
  readonly leftList: boolean
  readonly again: Reply
  readonly restore: Reply
}

/** The second snapshot, deleted once the restore is done with. */
export const deleted = (session: Session) =>
  session.once('deleted', async (): Promise<Deleted> => {
    const { id, name } = await second(session)
    await restored(session).catch(() => {})
    const isListed = async () => (await session.snapshots()).some(row => row.id === id)
    // With the header that the documented clients send on every request.
    const reply = await session.client.delete(`/snapshots/${id}/`, { headers: { 'content-type': 'application/json' } })
    const listedAtOnce = await isListed()
    const leftList = (await session.poll(async () => !(await isListed()) || undefined)) ?? false
    const again = await session.client.delete(`/snapshots/${id}/`)
    const restore = session.keepTrack(await session.client.post(`/snapshots/${id}/restore/`))
    return { id, name, reply, listedAtOnce, leftList, again, restore }
  })

/** The request for a token that may only look at servers, and the reply to it. */
export const tokenAsked = (session: Session) =>
  session.once('tokenAsked', async () => {
    const name = session.name()
    const body = { name, permissions: ['servers:read'] }
    const reply = session.keepTrack(await session.client.post('/tokens/', body), '/tokens')
    if (reply.status === 403) throw new Skip('the token may not make tokens')
    return { name, reply }
  })

export const readToken = (session: Session) =>
  session.once('readToken', async () => {
    const { name, reply } = await tokenAsked(session)
    const { id, token } = (reply.json ?? {}) as { id?: unknown; token?: unknown }
    if (typeof id !== 'number' || typeof token !== 'string') throw new Skip('needs a token, and none could be made')
    return { name, reply, id, secret: token }
  })

export function rowsOf(reply: Reply): SnapshotRow[] {
  return rows<SnapshotRow>(reply)
}
