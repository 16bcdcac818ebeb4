/** One thing broken at a time: exactly that is found. Nobody is at work on these hosts. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as node from 'node:test'
import { type PostgresAddress, parsePostgresUrl } from '../../src/db/postgres/url.ts'
import { examine } from '../../src/doctor/examine.ts'
import { CannotLook } from '../../src/doctor/finding.ts'
import { invariants } from '../../src/doctor/invariants.ts'
import { test, testOn } from '../support/databases.ts'
import { accounts } from './broken/accounts.ts'
import { type Case, set } from './broken/case.ts'
import { chains } from './broken/chains.ts'
import { leftovers } from './broken/leftovers.ts'
import { operations } from './broken/operations.ts'
import { secrets } from './broken/secrets.ts'
import { snapshots } from './broken/snapshots.ts'
import { type FabricatedHost, makeHost } from './host.ts'
import { addOperation, SECRET } from './rows.ts'

const cases: Readonly<Record<string, Case>> = {
  nothing: { break: async () => {}, found: [], onBoth: true },
  ...chains,
  ...snapshots,
  ...operations,
  ...leftovers,
  ...accounts,
  ...secrets,
}

const besidesFiles = invariants.map(({ id }) => id).filter(id => id !== 'I7')

for (const [name, { break: breakIt, found, inRows, onBoth }] of Object.entries(cases)) {
  const run = async (host: FabricatedHost) => {
    await breakIt(host)
    const said = (await host.findings(inRows ? { only: besidesFiles } : {})).map(text =>
      text.replace(host.stateDir, 'STATE'),
    )
    assert.deepEqual(said, [...found].sort())
  }
  if (onBoth) test(`broken: ${name}`, async t => run(await makeHost(t as node.TestContext)))
  else node.test(`broken: ${name}`, async t => run(await makeHost(t, 'sqlite')))
}

node.test('what has lain in the trash for a day may go; what was put there just now may not', async t => {
  const host = await makeHost(t, 'sqlite')
  const path = join(host.stateDir, 'guests/trash/9.qcow2')
  await writeFile(path, '')
  await utimes(path, 1, 1)
  // When it was moved counts, not when it was written.
  assert.deepEqual(await host.findings(), [])
})

node.test('a token in what the service has logged is found, and never told', async t => {
  const host = await makeHost(t, 'sqlite')
  const log = join(host.stateDir, '..', `doctor-${process.pid}.log`)
  t.after(() => rm(log))
  await writeFile(log, `{"msg":"Bearer ${SECRET}"}\n`)
  const [finding, ...more] = await examine(host.stateDir, { logs: [log] })
  assert.deepEqual([finding?.invariant, finding?.level, more.length], ['I34', 'damage', 0])
  assert.ok(!JSON.stringify(finding).includes(SECRET))
})

testOn('postgres', "the database's password in a row is found, and never told", async t => {
  const host = await makeHost(t as node.TestContext)
  const password = '100%_open\\sesame'
  await set(host, 'servers', 1, { status_reason: `because of ${password}` })
  await set(host, 'servers', 2, { status_reason: 'because of 100, so open sesame' })
  const postgres = { ...(host.postgres as PostgresAddress), password: () => password }
  const [finding, ...more] = await examine(host.stateDir, { postgres, only: ['I34'] })
  const where = 'the table servers, column status_reason, row 1'
  assert.deepEqual([finding?.subject, finding?.level, more.length], [where, 'damage', 0])
  assert.ok(!JSON.stringify(finding).includes(password))
})

node.test('less free space than is to be kept is found', async t => {
  const host = await makeHost(t, 'sqlite')
  assert.deepEqual(await host.findings({ reserveMb: 1_000_000_000 }), ['I26 free space'])
  assert.deepEqual(await host.findings({ reserveMb: 1 }), [])
})

node.test('beside a service: what is late, what is not taken up, what does not run; and a hanging service', async t => {
  const host = await makeHost(t, 'sqlite')
  // Whoever has the lock open is the service, as far as the kernel shows.
  const lock = openSync(join(host.stateDir, 'lock'), 'r')
  const service = spawn('sleep', ['60'], { stdio: [lock, 'ignore', 'ignore'] })
  closeSync(lock)
  t.after(() => service.kill('SIGKILL'))
  const findings = () => host.findings({ pausesMs: [50] })
  assert.deepEqual(await findings(), [])
  const late = Date.now() - 120_000
  const held = { status: 'running', lease_until: Date.now() + 60_000 } as const
  await addOperation(host.db, { ...held, kind: 'server_stop', deadline_at: late })
  await addOperation(host.db, { kind: 'of_the_future', status: 'queued', server_id: 2, run_after: late })
  await set(host, 'servers', 3, { status: 'active' })
  assert.deepEqual(await findings(), ['I10 operation 4', 'I16 operation 3', 'I22 server 3'])
  service.kill('SIGSTOP')
  assert.deepEqual(await findings(), ['I10 the service'])
})

node.test('two writers of a layer, whoever they are', async t => {
  const host = await makeHost(t, 'sqlite')
  const file = openSync(host.layer(4), 'r+')
  const writer = spawn('sleep', ['60'], { stdio: [file, 'ignore', 'ignore'] })
  closeSync(file)
  t.after(() => writer.kill('SIGKILL'))
  assert.deepEqual(await host.findings({ pausesMs: [] }), ['I5 layer 4'])
})

node.test('where nothing can be looked at, it says so', async t => {
  const host = await makeHost(t, 'sqlite')
  await assert.rejects(examine(join(host.stateDir, 'nowhere')), CannotLook)
  await assert.rejects(examine(join(host.stateDir, 'guests')), /There is no database/)
  const nobody = parsePostgresUrl('postgres://nobody@127.0.0.1:1/nothing')
  await assert.rejects(examine(host.stateDir, { postgres: nobody }), /The database cannot be read: .*ECONNREFUSED/)
  await host.db.deleteFrom('kysely_migration' as 'accounts').execute()
  await assert.rejects(examine(host.stateDir), /another version/)
})
