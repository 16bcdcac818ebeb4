import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { migrate } from '../../src/db/migrate.ts'
import { DatabaseProblem } from '../../src/db/problem.ts'
import { openEmptyDatabase } from '../support/database.ts'
import { kindOf, test } from '../support/databases.ts'

test('a database that a newer version has used is refused in plain words, and left as it is', async t => {
  const { db, close } = await openEmptyDatabase(kindOf(t))
  t.after(close)
  await migrate(db)
  await sql`insert into kysely_migration (name, timestamp) values ('9999_tomorrow', '2999-01-01T00:00:00.000Z')`.execute(
    db,
  )
  await assert.rejects(migrate(db), error => {
    assert.ok(error instanceof DatabaseProblem)
    assert.match(error.message, /A newer version of Restpoint has used this database/)
    return true
  })
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  assert.equal(rows.at(-1)?.name, '9999_tomorrow')
})
