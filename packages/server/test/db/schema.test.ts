import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { openSqlite } from '../../src/db/database.ts'
import { dumpSchema } from '../../src/db/dump.ts'
import { migrate } from '../../src/db/migrate.ts'
import { openTestDatabase } from '../support/database.ts'

test('schema.sql is what the migrations make', async t => {
  const { db, close } = await openTestDatabase()
  t.after(close)
  const committed = await readFile(new URL('../../src/db/schema.sql', import.meta.url), 'utf8')
  assert.equal(await dumpSchema(db), committed, 'run: node packages/server/src/db/dump.ts > …/src/db/schema.sql')
})

test('migrating again changes nothing and loses nothing', async t => {
  const { db, close } = await openTestDatabase()
  t.after(close)
  const before = await dumpSchema(db)
  const accounts = await db.selectFrom('accounts').selectAll().execute()
  await migrate(db)
  assert.equal(await dumpSchema(db), before)
  assert.deepEqual(await db.selectFrom('accounts').selectAll().execute(), accounts)
  assert.equal(accounts.length, 1)
})

test('a file that somebody else has migrated meanwhile is left as it is', async t => {
  const { file, close } = await openTestDatabase()
  t.after(close)
  const [first, second] = [openSqlite(`${file}.new`), openSqlite(`${file}.new`)]
  t.after(() => Promise.all([first.destroy(), second.destroy()]))
  await migrate(first)
  const made = await dumpSchema(first)
  await migrate(second)
  assert.equal(await dumpSchema(second), made)
})
