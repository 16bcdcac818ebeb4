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
import { type PostgresAddress, parsePostgresUrl } from '../../src/db/postgres/url.ts'
import { examine } from '../../src/doctor/examine.ts'
import type { ExamineOptions } from '../../src/doctor/options.ts'
import { guestPaths } from '../../src/drivers/qemu/paths.ts'
import { connect } from '../support/database.ts'
import { type DatabaseKind, kindOf } from '../support/databases.ts'
import { givePostgresBack, takePostgres } from '../support/postgres.ts'
import { insertRows, parents, SIZE } from './rows.ts'

const execute = promisify(execFile)
export interface FabricatedHost {
  readonly stateDir: string
  readonly db: Db
  /** Null: SQLite in the state folder. */
  readonly postgres: PostgresAddress | null
  layer(id: number): string
  qemuImg(...args: string[]): Promise<void>
  /** `I14 layer 2` for each finding, sorted. */
  findings(options?: ExamineOptions): Promise<string[]>
}

/** Made once, copied for each test: what costs most of a test is what comes before it. */
let template: Promise<string> | undefined

export async function makeHost(t: TestContext, kind: DatabaseKind = kindOf(t)): Promise<FabricatedHost> {
  const stateDir = await mkdtemp(join(tmpdir(), 'restpoint-doctor-'))
  const paths = guestPaths(stateDir)
  await cp(await (template ??= makeTemplate()), stateDir, { recursive: true })
  const file = join(stateDir, 'restpoint.db')
  const url = kind === 'postgres' ? await takePostgres() : null
  if (url) await rm(file)
  const db = connect(url ?? file)
  t.after(async () => {
    await db.destroy()
    if (url) givePostgresBack(url)
    await rm(stateDir, { recursive: true })
  })
  if (url) await insertRows(db)
  return {
    stateDir,
    db,
    postgres: url === null ? null : parsePostgresUrl(url),
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
    await execute('qemu-io', ['-f', 'qcow2', '-c', `write -P ${id} ${id}M 64k`, `${id}.qcow2`], { cwd: layers })
  }
  const db = connect(join(stateDir, 'restpoint.db'))
  await migrate(db)
  await insertRows(db)
  await db.destroy()
  return stateDir
}
