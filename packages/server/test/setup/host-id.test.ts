import assert from 'node:assert/strict'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { DatabaseProblem } from '../../src/db/problem.ts'
import { type Belonging, keepHostId, refuseForeignDatabase } from '../../src/setup/host-id.ts'
import { openEmptyDatabase } from '../support/database.ts'
import { kindOf, test } from '../support/databases.ts'

/** A database, and a folder that nobody has used. */
async function open(t: TestContext): Promise<Belonging> {
  const { db, folder, close } = await openEmptyDatabase(kindOf(t))
  t.after(close)
  return { db, name: 'the database x', file: path.join(folder, 'host-id') }
}

const ownerOf = ({ db }: Belonging) => db.selectFrom('hosts').selectAll().execute()

test('a new folder and a new database get one id, once', async t => {
  const belonging = await open(t)
  await refuseForeignDatabase(belonging)
  await keepHostId(belonging, 5)
  const id = (await readFile(belonging.file, 'utf8')).trim()
  assert.match(id, /^[0-9a-f-]{36}$/)
  assert.equal((await stat(belonging.file)).mode & 0o777, 0o600)
  assert.deepEqual(await ownerOf(belonging), [{ id, created_at: 5 }])
  await refuseForeignDatabase(belonging)
  await keepHostId(belonging, 6)
  assert.deepEqual(await ownerOf(belonging), [{ id, created_at: 5 }])
  assert.equal((await readFile(belonging.file, 'utf8')).trim(), id)
  const files = await readdir(path.dirname(belonging.file))
  assert.deepEqual(
    files.filter(name => name.includes('host-id')),
    ['host-id'],
  )
})

test('what was interrupted after the file goes on with its id', async t => {
  const belonging = await open(t)
  await writeFile(belonging.file, 'left\n')
  await refuseForeignDatabase(belonging)
  await keepHostId(belonging, 5)
  assert.deepEqual(await ownerOf(belonging), [{ id: 'left', created_at: 5 }])
})

test("another folder's database is refused, with what to do; so is a folder that has lost its id", async t => {
  const belonging = await open(t)
  await keepHostId(belonging, 5)
  const [owner] = await ownerOf(belonging)
  const refused = async () => {
    const error = await refuseForeignDatabase(belonging).catch(problem => problem)
    assert.ok(error instanceof DatabaseProblem)
    return error.message
  }
  await writeFile(belonging.file, 'another\n')
  assert.match(await refused(), /^The database x belongs to another state folder than .*RESTPOINT_STATE_DIR/)
  await rm(belonging.file)
  const message = await refused()
  assert.ok(message.endsWith(`echo ${owner?.id} > ${belonging.file}`), message)
  await writeFile(belonging.file, `${owner?.id}\n`)
  await refuseForeignDatabase(belonging)
})
