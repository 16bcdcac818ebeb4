/** The snapshot of a guard: taken, found again, deleted. */
import type { Snapshot, SnapshotDetail } from '@restpoint/sdk/source'
import { follow, type Hands } from './hands.ts'
import { insist } from './insist.ts'
import type { Journal } from './journal.ts'

/** The service forgets an Idempotency-Key a day after it was used. */
const KEY_LIVES_MS = 23 * 3_600_000
/** Nothing has been run yet: whoever waits may as well be told. */
const PATIENCE_MS = 30_000

/** Its id is in the journal as soon as it is known. @throws what it was refused with, Unsettled, OperationFailedError. */
export async function takeSnapshot(hands: Hands, signal: AbortSignal): Promise<SnapshotDetail> {
  const { operationId, id } = await request(hands, signal)
  await follow(hands, operationId, signal)
  const { restpoint, scope } = hands.connected
  return insist(() => restpoint.snapshots.get(id, { ...scope, retries: 0 }), { signal })
}

/** Twice the same request: the same key, and the same body to the letter. */
async function request({ connected, file }: Hands, signal?: AbortSignal): Promise<{ operationId: number; id: number }> {
  const { restpoint, scope } = connected
  const { server, snapshot } = file.journal
  const body = { server_id: server.id, name: snapshot.name, description: descriptionOf(file.journal) }
  const options = { ...scope, idempotencyKey: snapshot.key, waitSeconds: 1, retries: 0 }
  const start = () => restpoint.snapshots.create(body, options)
  const { body: taken, operationId } = await insist(start, { limitMs: PATIENCE_MS, signal })
  await file.update({ snapshot: { ...snapshot, id: taken.id } })
  return { operationId, id: taken.id }
}

/** It was for nothing. Resolves also where there is none. @throws Unsettled */
export async function dropSnapshot(hands: Hands): Promise<void> {
  const id = hands.file.journal.snapshot.id ?? (await find(hands))
  if (id !== undefined) await deleteSnapshot(hands, id)
}

export async function deleteSnapshot({ connected }: Hands, id: number): Promise<void> {
  const { restpoint, scope } = connected
  try {
    await insist(() => restpoint.snapshots.delete(id, { ...scope, retries: 0 }))
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

/**
 * Whoever asked for it never heard of it, and the request may be on its way even now. So it is made again with its key,
 * after which there is exactly one, or none may be had; only a key that the service has forgotten says nothing.
 */
async function find(hands: Hands): Promise<number | undefined> {
  const { journal } = hands.file
  const seen = await findListed(hands)
  if (seen !== undefined || Date.now() - Date.parse(journal.begun_at) > KEY_LIVES_MS) return seen
  try {
    return (await request(hands)).id
  } catch (error) {
    const { name, status = 0 } = error as { name?: string; status?: number }
    // No room for it, no such server (any more): nor was it taken.
    if (name === 'RestpointError' && (status === 400 || status === 404)) return undefined
    throw error
  }
}

async function findListed({ connected, file }: Hands): Promise<number | undefined> {
  const { restpoint, scope } = connected
  const { server } = file.journal
  const query = { ...scope, server_id: server.id, retries: 0 }
  const { results } = await insist(() => restpoint.snapshots.list(query))
  return results.find((one: Snapshot) => one.description === descriptionOf(file.journal))?.id
}

function descriptionOf({ guard }: Journal): string {
  return `restpoint guard ${guard}`
}

export function isNotFound(error: unknown): boolean {
  // Asked for a second time, after a reply that was lost.
  const { code } = ((error as Error).name === 'Unsettled' ? (error as Error).cause : error) as { code?: string }
  return code === 'not_found'
}
