import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { TestContext } from 'node:test'
import { test as plain } from 'node:test'
import { dumpSchema } from '../../src/db/dump.ts'
import { migrate } from '../../src/db/migrate.ts'
import { connect, openEmptyDatabase, openTestDatabase } from '../support/database.ts'
import { kindOf, test, testOn } from '../support/databases.ts'
import { newPostgres } from '../support/postgres.ts'
import { pictureOf } from './picture.ts'

testOn('sqlite', 'schema.sql is what the migrations make', async t => {
  const { db, close } = await openTestDatabase('sqlite')
  t.after(close)
  const committed = await readFile(new URL('../../src/db/schema.sql', import.meta.url), 'utf8')
  assert.equal(await dumpSchema(db), committed, 'run: node packages/server/src/db/dump.ts > …/src/db/schema.sql')
})

plain('the migrations make the same on each database: columns, defaults, indexes, references, triggers', async t => {
  const [sqlite, postgres] = [await openEmptyDatabase('sqlite'), await openEmptyDatabase('postgres')]
  t.after(() => Promise.all([sqlite.close(), postgres.close()]))
  const [expected, actual] = [await pictureOf(sqlite.db, 'sqlite'), await pictureOf(postgres.db, 'postgres')]
  assert.deepEqual(actual, expected)
  // That there was something to compare.
  const { columns, indexes, references, triggers } = actual
  assert.ok(
    columns.length > 100 && references.length > 15,
    `${columns.length} columns, ${references.length} references`,
  )
  assert.ok(triggers.length > 15, `${triggers.length} triggers`)
  const lanes = { table: 'operations', columns: 'lane', unique: true, partial: true }
  assert.ok(indexes.some(index => JSON.stringify(index) === JSON.stringify({ ...index, ...lanes })))
})

test('migrating again changes nothing and loses nothing', async t => {
  const kind = kindOf(t)
  const { db, close } = await openTestDatabase(kind)
  t.after(close)
  const before = await pictureOf(db, kind)
  const accounts = await db.selectFrom('accounts').selectAll().execute()
  await migrate(db)
  assert.deepEqual(await pictureOf(db, kind), before)
  assert.deepEqual(await db.selectFrom('accounts').selectAll().execute(), accounts)
  assert.equal(accounts.length, 1)
})

test('what somebody else has migrated meanwhile is left as it is', async t => {
  const { databases, made } = await twoOnANewOne(t)
  for (const db of databases) await migrate(db)
  assert.deepEqual(await made(), [true, true])
})

testOn('postgres', 'of two that migrate at once, one does', async t => {
  const { databases, made } = await twoOnANewOne(t)
  await Promise.all(databases.map(migrate))
  assert.deepEqual(await made(), [true, true])
})

/** Two connections to a database in which nothing is yet. */
async function twoOnANewOne(t: TestContext) {
  const kind = kindOf(t)
  const model = await openEmptyDatabase(kind)
  t.after(model.close)
  const address = kind === 'sqlite' ? `${model.address}.new` : await newPostgres()
  const databases = [connect(address), connect(address)]
  t.after(() => Promise.all(databases.map(db => db.destroy())))
  const wanted = JSON.stringify(await pictureOf(model.db, kind))
  const made = () => Promise.all(databases.map(async db => JSON.stringify(await pictureOf(db, kind)) === wanted))
  return { databases, made }
}
