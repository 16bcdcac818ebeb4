/**
 * A state folder as a service leaves it, with real files and a real database, and nobody at work: an image, a server
 * that was snapshotted, restored and cloned, and another account's server.
 *
 *   1 image ── 2 ─┬─ 3   what the restore of server 1 can be undone to
 *          │      ├─ 4   server 1
 *          │      └─ 5   server 2, a clone          (2 is what snapshot 1 holds)
 *          └── 6         server 3, of account 2
 */
import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import type { Db } from '../../src/db/database.ts'
import { migrate } from '../../src/db/migrate.ts'
import { examine } from '../../src/doctor/examine.ts'
import type { ExamineOptions } from '../../src/doctor/options.ts'
import { guestPaths } from '../../src/drivers/qemu/paths.ts'
import type { Receipt } from '../../src/snapshots/receipt.ts'
import { digestOf } from '../../src/tokens/digest.ts'
import { connect } from '../support/database.ts'
import { type DatabaseKind, kindOf } from '../support/databases.ts'
import { givePostgresBack, takePostgres } from '../support/postgres.ts'

const execute = promisify(execFile)
const MIB = 1024 * 1024
const SIZE = 16 * MIB

export const parents: Readonly<Record<number, number | null>> = { 1: null, 2: 1, 3: 2, 4: 2, 5: 2, 6: 1 }
/** Of account 1's token. */
export const SECRET = `rp_${'s'.repeat(43)}`

export interface FabricatedHost {
  readonly stateDir: string
  readonly db: Db
  layer(id: number): string
  qemuImg(...args: string[]): Promise<void>
  /** `I14 layer 2` for each finding, sorted. */
  findings(options?: ExamineOptions): Promise<string[]>
}

let template: Promise<string> | undefined

export async function makeHost(t: TestContext, kind: DatabaseKind = kindOf(t)): Promise<FabricatedHost> {
  const stateDir = await mkdtemp(join(tmpdir(), 'restpoint-doctor-'))
  const paths = guestPaths(stateDir)
  await cp(await (template ??= makeTemplate()), stateDir, { recursive: true })
  const url = kind === 'postgres' ? await takePostgres() : null
  const db = connect(url ?? join(stateDir, 'restpoint.db'))
  if (!url) await migrate(db)
  t.after(async () => {
    await db.destroy()
    if (url) givePostgresBack(url)
    await rm(stateDir, { recursive: true })
  })
  await insertRows(db)
  return {
    stateDir,
    db,
    layer: id => paths.layer({ id, format: 'qcow2', file: null }),
    async qemuImg(...args) {
      await execute('qemu-img', args, { cwd: paths.layers })
    },
    async findings(options = {}) {
      const found = await examine(stateDir, { postgres: url, ...options })
      return found.map(({ invariant, subject }) => `${invariant} ${subject}`).sort()
    },
  }
}

async function makeTemplate(): Promise<string> {
  const stateDir = await mkdtemp(join(tmpdir(), 'restpoint-doctor-'))
  process.once('exit', () => rmSync(stateDir, { recursive: true, force: true }))
  const { layers, trash, machines } = guestPaths(stateDir)
  for (const folder of [layers, trash, machines]) await mkdir(folder, { recursive: true, mode: 0o700 })
  await mkdir(join(stateDir, 'records'), { mode: 0o700 })
  for (const name of ['admin-token', 'lock', 'host-id']) await writeFile(join(stateDir, name), '', { mode: 0o600 })
  for (const [id, parent] of Object.entries(parents)) {
    const backing = parent === null ? [] : ['-u', '-b', `${parent}.qcow2`, '-F', 'qcow2']
    await execute('qemu-img', ['create', '-q', '-f', 'qcow2', ...backing, `${id}.qcow2`, String(SIZE)], { cwd: layers })
    await execute('qemu-io', ['-f', 'qcow2', '-c', `write -P ${id} ${id}M 1M`, `${id}.qcow2`], { cwd: layers })
  }
  return stateDir
}

async function insertRows(db: Db): Promise<void> {
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
      ...values,
      account_id,
      uuid: `00000000-0000-4000-8000-00000000000${id}`,
      name: `server-${id}`,
      hostname: `server-${id}`,
      location: 'here',
      status: 'stopped',
      image_id: 1,
      plan_name: 'tiny',
      vcpus: 1,
      memory_mb: 64,
      storage_gb: 1,
      created_at: 0,
      updated_at: 0,
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
