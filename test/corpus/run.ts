import { createHash } from 'node:crypto'
import { type Client, connect, delay } from '../conformance/client.ts'
import { rows } from '../conformance/session.ts'
import { corpus } from './corpus.ts'
import type { Entry } from './entry.ts'
import { judge } from './judge.ts'
import { differences, takePicture } from './picture.ts'
import { type RawReply, type RawRequest, send } from './raw.ts'
import { requestsFor, type Targets } from './requests.ts'

export interface CorpusOptions {
  readonly url: string
  /** With every permission. */
  readonly token: string
  readonly serverId: number
  /** A completed snapshot of that server. */
  readonly snapshotId: number
  /** With every permission, of another account; without it that row is left out. */
  readonly foreignToken?: string
  /** An image that servers can be made from; without it nothing is sent to what makes, clones, changes or deletes them. */
  readonly imageId?: number
}

const EXPIRES_IN_MS = 2000

/**
 * Sends every bad input to every route that it applies to. A surprise is anything but a 4xx of the contract with a
 * problem body that tells no secrets, and every change of state.
 */
export async function runCorpus(options: CorpusOptions): Promise<{ inputs: number; surprises: string[] }> {
  const { url, token } = options
  const origin = new URL(url)
  const client = connect(url, token)
  const { targets, expiresAt, cleanUp } = await prepare(client, options)
  const surprises: string[] = []
  let inputs = 0
  try {
    let before = await takePicture(options)
    for (const [group, entries] of Map.groupBy(corpus, groupOf)) {
      if (group === 'authorization') await delay(Math.max(0, expiresAt - Date.now()))
      for (const entry of entries) {
        for (const request of requestsFor(entry, targets)) {
          inputs++
          const told = `${group}: ${entry.what}: ${request.method} ${request.target.slice(0, 100)}`
          const wrong = await sendPatiently(origin, request).then(
            reply => judge(entry, reply, token),
            error => String(error),
          )
          if (wrong) surprises.push(`${told}: ${wrong}`)
        }
      }
      const after = await takePicture(options)
      surprises.push(...differences(before, after).map(change => `${group}: ${change}`))
      before = after
    }
    const { status } = await client.get('/healthz', { root: true, token: null })
    if (status !== 200) surprises.push(`afterwards /healthz answers ${status}`)
  } finally {
    await cleanUp()
  }
  return { inputs, surprises }
}

function groupOf(entry: Entry): string {
  return 'of' in entry ? `${entry.where} ${entry.of}.${entry.field}` : entry.where
}

async function sendPatiently(origin: URL, request: RawRequest): Promise<RawReply> {
  for (;;) {
    const reply = await send(origin, request)
    if (reply.status !== 429) return reply
    await delay(Number(reply.headers.get('retry-after') ?? 1) * 1000)
  }
}

/** Tokens that were right once, and one to be aimed at. */
async function prepare(
  client: Client,
  { url, token, serverId, snapshotId, foreignToken, imageId }: CorpusOptions,
): Promise<{ targets: Targets; expiresAt: number; cleanUp: () => Promise<void> }> {
  const expiresAt = Date.now() + EXPIRES_IN_MS
  const [revoked, expired, aim] = await Promise.all([
    makeToken(client, null),
    makeToken(client, new Date(expiresAt)),
    makeToken(client, null),
  ])
  await client.delete(`/tokens/${revoked.id}/`)
  const operation = rows<{ id: number }>(await client.get('/operations/'))[0]
  const off = (at: number) => token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
  const secrets = {
    '{token}': token,
    '{first}': off(3),
    '{last}': off(token.length - 1),
    '{short}': token.slice(0, -1),
    '{lower}': token.toLowerCase(),
    '{bare}': token.slice(3),
    '{digest}': createHash('sha256').update(token).digest('hex'),
    '{revoked}': revoked.secret,
    '{expired}': expired.secret,
    ...(foreignToken === undefined ? {} : { '{foreign}': foreignToken }),
  }
  return {
    expiresAt,
    targets: {
      serverId,
      snapshotId,
      operationId: operation?.id ?? 1,
      tokenId: aim.id,
      secrets,
      imageId: imageId ?? null,
      port: new URL(url).port,
    },
    cleanUp: async () => {
      for (const { id } of [expired, aim]) await client.delete(`/tokens/${id}/`)
    },
  }
}

async function makeToken(client: Client, expiresAt: Date | null): Promise<{ id: number; secret: string }> {
  const expiry = expiresAt && `${expiresAt.toISOString().slice(0, 19)}Z`
  const reply = await client.post('/tokens/', { name: 'corpus', permissions: ['admin'], expires_at: expiry })
  const { id, token: secret } = (reply.json ?? {}) as { id?: number; token?: string }
  if (id === undefined || secret === undefined) throw new Error(`POST /tokens/ answered ${reply.status}`)
  return { id, secret }
}
