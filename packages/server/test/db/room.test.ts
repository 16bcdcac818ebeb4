/** On a full disk what frees space can still be written: SQLite's own room (a full file system: test/system/disk-full). */
import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { sql } from 'kysely'
import { openDatabase } from '../../src/db/open.ts'

test('a database that may not grow takes a thousand rows more, in a journal that does not grow', async t => {
  const folder = await mkdtemp(path.join(tmpdir(), 'room-'))
  const file = path.join(folder, 'restpoint.db')
  const { db, close } = await openDatabase({
    postgres: null,
    file,
    say: () => {},
    onEnqueued: () => {},
    onEvents: () => {},
    onBack: () => {},
  })
  t.after(async () => {
    await close()
    await rm(folder, { recursive: true })
  })
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db)
  await sql.raw(`pragma max_page_count = ${rows[0]?.page_count}`).execute(db)
  const { size } = await stat(`${file}-wal`)
  for (let n = 0; n < 1000; n++) {
    await db
      .insertInto('hosts')
      .values({ id: `host ${n} ${'x'.repeat(500)}`, created_at: n })
      .execute()
  }
  assert.equal((await stat(`${file}-wal`)).size, size)
})
