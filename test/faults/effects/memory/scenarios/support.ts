/** What the scenarios share. */
import assert from 'node:assert/strict'
import { inTransaction, type Trx } from '../../../../../packages/server/src/db/database.ts'
import { Failure } from '../../../../../packages/server/src/errors.ts'
import { makeEngine } from '../../../../../packages/server/test/support/engine.ts'
import type { SmallHost } from '../../../../../packages/server/test/support/small-host.ts'

export type Content = Readonly<Record<number, ReadonlyMap<number, number>>>

/** Before anything counts: asked for and done. */
export async function complete<Answer extends { readonly operationId: number }>(
  host: SmallHost,
  request: (trx: Trx) => Promise<Answer>,
): Promise<Answer> {
  const answer = await inTransaction(host.db, request)
  const engine = makeEngine(await host.kinds(), { db: host.db, pollMs: 2 })
  await engine.start()
  assert.equal((await engine.waitFor(answer.operationId, 20_000))?.status, 'completed')
  await engine.stop()
  return answer
}

/** The server's guest has been shut down. */
export async function stopped(host: SmallHost, serverId = host.serverId): Promise<void> {
  await host.memory.driver.halt(serverId)
  await host.db.updateTable('servers').set({ status: 'stopped' }).where('id', '=', serverId).execute()
}

export function serverRow({ db }: SmallHost, serverId: number) {
  return db
    .selectFrom('servers')
    .select(['status', 'status_reason', 'deleted_at'])
    .where('id', '=', serverId)
    .executeTakeFirstOrThrow()
}

/** Of a snapshot, by slot. */
export async function contentOf({ db, memory }: SmallHost, snapshotId: number): Promise<Content> {
  const rows = await db.selectFrom('snapshot_layers').selectAll().where('snapshot_id', '=', snapshotId).execute()
  return Object.fromEntries(rows.map(({ slot, layer_id }) => [slot, memory.controls.contents(layer_id)]))
}

export function refusedWith(code: string, work: () => Promise<unknown>): Promise<void> {
  return assert.rejects(work, error => error instanceof Failure && error.code === code)
}
