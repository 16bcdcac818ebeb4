/** Puts a server back, and looks whether it is up. May be done again after whatever went wrong with it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerDetail } from '@restpoint/sdk/source'
import { follow, type Hands, newKey } from './hands.ts'
import { insist } from './insist.ts'

/** From the end of the restore until the guest has booted: an emulated one takes its time. */
const UP_LIMIT_MS = 5 * 60_000
const LOOK_EVERY_MS = 500

export interface PutBack {
  readonly operationId: number
  readonly server: ServerDetail
  /** What is still missing of how it was before, for people, as in "but …"; null: it is up. */
  readonly missing: string | null
}

/** @throws OperationFailedError, Unsettled, or what it was refused with. Then the journal is ready for another attempt. */
export async function putBack(hands: Hands, signal: AbortSignal): Promise<PutBack> {
  const { file } = hands
  const operationId = file.journal.restore.operation_id ?? (await beginRestore(hands))
  try {
    await follow(hands, operationId, signal)
  } catch (error) {
    // It was taken back: the next attempt is another restore.
    if ((error as Error).name === 'OperationFailedError')
      await file.update({ restore: { key: newKey(), operation_id: null } })
    throw error
  }
  return { operationId, ...(await waitUntilUp(hands, signal)) }
}

async function beginRestore(hands: Hands): Promise<number> {
  const { connected, file } = hands
  const { restpoint, scope } = connected
  const { restore, snapshot } = file.journal
  const begun = await findRestore(hands)
  const options = { ...scope, idempotencyKey: restore.key, retries: 0 }
  const start = () => restpoint.snapshots.restore(snapshot.id as number, options)
  const operationId = begun ?? (await insist(start)).operationId
  await file.update({ restore: { ...restore, operation_id: operationId } })
  return operationId
}

/** One that was begun and whose reply was lost; also one that somebody else has seen to. Nobody is put back twice. */
async function findRestore({ connected, file }: Hands): Promise<number | undefined> {
  const { restpoint, scope } = connected
  const { server, snapshot } = file.journal
  const query = { ...scope, server_id: server.id, retries: 0 }
  const { results } = await insist(() => restpoint.operations.list(query))
  return results.find(
    ({ kind, snapshot_id, status }) =>
      kind === 'snapshot_restore' && snapshot_id === snapshot.id && status !== 'failed' && status !== 'cancelled',
  )?.id
}

async function waitUntilUp(hands: Hands, signal: AbortSignal): Promise<Pick<PutBack, 'server' | 'missing'>> {
  const { connected, file } = hands
  const { restpoint, scope } = connected
  const { server, was } = file.journal
  const options = { ...scope, retries: 0, signal }
  let isStarted = false
  for (const deadline = performance.now() + UP_LIMIT_MS; ; await sleep(LOOK_EVERY_MS, undefined, { signal })) {
    const now = await insist(() => restpoint.servers.get(server.id, options), { signal })
    if (was.running && !isStarted && (now.status === 'stopped' || now.status === 'suspended')) {
      isStarted = true
      await startAgain(hands, signal)
      continue
    }
    const missing =
      was.running && now.status !== 'active'
        ? `it is ${now.status}`
        : was.agent && !now.agent.connected
          ? 'its guest agent does not answer'
          : null
    if (missing === null || performance.now() >= deadline) return { server: now, missing }
  }
}

/** It ran, and what was run has stopped it: a restore leaves a server that does not run as it is. */
async function startAgain(hands: Hands, signal: AbortSignal): Promise<void> {
  const { restpoint, scope } = hands.connected
  const { server, restore } = hands.file.journal
  const options = { ...scope, idempotencyKey: `${restore.key}-start`, retries: 0 }
  try {
    const { operationId } = await insist(() => restpoint.servers.start(server.id, options), { signal })
    await follow(hands, operationId, signal)
  } catch (error) {
    // Whether it runs is looked at next, and told.
    const { name } = error as Error
    if (name !== 'OperationFailedError' && name !== 'RestpointError') throw error
  }
}
