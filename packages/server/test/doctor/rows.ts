/** What the database says of the fabricated host, and what a test adds to it. */
import type { Db } from '../../src/db/database.ts'
import type { Receipt } from '../../src/snapshots/receipt.ts'
import { digestOf } from '../../src/tokens/digest.ts'
import { anyServer } from '../support/any-server.ts'

const MIB = 1024 * 1024
/** Of every disk, bytes. */
export const SIZE = 16 * MIB

export const parents: Readonly<Record<number, number | null>> = { 1: null, 2: 1, 3: 2, 4: 2, 5: 2, 6: 1 }
/** Of account 1's token. */
export const SECRET = `rp_${'s'.repeat(43)}`

export async function insertRows(db: Db): Promise<void> {
  const now = Date.now()
  for (const id of [1, 2]) {
    const words = { email: `${id}@example.test`, first_name: '', last_name: '', company_name: '' }
    await db
      .insertInto('accounts')
      .values({ ...words, created_at: now })
      .execute()
  }
  const token = { name: 'admin', permissions: '["admin"]', created_at: now }
  await db
    .insertInto('tokens')
    .values({ ...token, account_id: 1, digest: digestOf(SECRET) })
    .execute()
  for (const [id, parent_id] of Object.entries(parents)) {
    const isImage = id === '1'
    await db
      .insertInto('layers')
      .values({
        account_id: isImage ? null : id === '6' ? 2 : 1,
        parent_id,
        size_bytes: SIZE,
        format: 'qcow2',
        is_image: isImage ? 1 : 0,
        state: 'live',
        created_at: now,
      })
      .execute()
  }
  await db.insertInto('images').values({ name: 'tiny', os_name: 'Tiny', layer_id: 1, created_at: now }).execute()
  for (const [index, head] of [4, 5, 6].entries()) {
    const id = index + 1
    await addServer(db, id, id === 3 ? 2 : 1, { cloned_from: id === 2 ? 1 : null })
    await db.insertInto('disks').values({ server_id: id, slot: 0, active_layer_id: head }).execute()
  }
  await addOperation(db, { kind: 'snapshot_create', status: 'completed', snapshot_id: 1 })
  await addOperation(db, { kind: 'snapshot_restore', status: 'completed', snapshot_id: 1 })
  await addSnapshot(db, 'first')
  const undo = { server_id: 1, operation_id: 2, created_at: now, expires_at: now + 3600_000 }
  await db.insertInto('undo_points').values(undo).execute()
  await db.insertInto('undo_layers').values({ undo_point_id: 1, disk_id: 1, slot: 0, layer_id: 3 }).execute()
}

async function addServer(
  db: Db,
  id: number,
  account_id: number,
  values: { cloned_from: number | null },
): Promise<void> {
  await db
    .insertInto('servers')
    .values({
      ...anyServer,
      ...values,
      account_id,
      uuid: `00000000-0000-4000-8000-00000000000${id}`,
      name: `server-${id}`,
      hostname: `server-${id}`,
      image_id: 1,
    })
    .execute()
}

/** A layer that is being made, its id the next one. */
export async function addPrepared(db: Db): Promise<void> {
  await db
    .insertInto('layers')
    .values({
      account_id: 1,
      parent_id: null,
      size_bytes: 1,
      format: 'qcow2',
      is_image: 0,
      state: 'prepared',
      created_at: 1,
    })
    .execute()
}

/** One more completed snapshot of layer 2; the first one is the one of operation 1. */
export async function addSnapshot(db: Db, name: string): Promise<void> {
  const receipt: Receipt = {
    requested: 'auto',
    achieved: 'crash',
    reason: 'not_running',
    cut_at: 1,
    freeze_ms: null,
    pause_ms: null,
    running: false,
    driver_version: 'QEMU 7.2.22',
    disks: [{ slot: 0, size_bytes: SIZE, allocated_bytes: MIB }],
  }
  const of = { account_id: 1, server_id: 1, operation_id: name === 'first' ? 1 : null, name, description: '' }
  const { id } = await db
    .insertInto('snapshots')
    .values({ ...of, status: 'completed', size_mb: 1, receipt: JSON.stringify(receipt), created_at: 1, ended_at: 2 })
    .returning('id')
    .executeTakeFirstOrThrow()
  await db.insertInto('snapshot_layers').values({ snapshot_id: id, disk_id: 1, slot: 0, layer_id: 2 }).execute()
}

interface NewOperation {
  readonly kind: string
  readonly status: 'queued' | 'running' | 'waiting' | 'completed' | 'failed'
  readonly lane?: string
  readonly server_id?: number | null
  readonly account_id?: number
  readonly snapshot_id?: number
  readonly input?: unknown
  readonly lease_until?: number
  readonly deadline_at?: number
  readonly run_after?: number
}

/** Its id. Of server 1 and account 1, unless told otherwise. */
export async function addOperation(db: Db, { input = {}, ...values }: NewOperation): Promise<number> {
  const { id } = await db
    .insertInto('operations')
    .values({
      account_id: 1,
      server_id: 1,
      lane: `server:${values.server_id ?? 1}`,
      input: JSON.stringify(input),
      output: '{}',
      direction: 'forward',
      step: null,
      progress: 0,
      attempts: 1,
      run_after: 0,
      fence: 1,
      created_at: 1,
      ended_at: /completed|failed/.test(values.status) ? 2 : null,
      ...values,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}
