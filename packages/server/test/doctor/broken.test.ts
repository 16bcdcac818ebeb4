/** One thing broken at a time: exactly that is found. Nobody is at work on these hosts. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { chmod, mkdir, open, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as node from 'node:test'
import { parsePostgresUrl } from '../../src/db/postgres/url.ts'
import { examine } from '../../src/doctor/examine.ts'
import { CannotLook } from '../../src/doctor/finding.ts'
import { invariants } from '../../src/doctor/invariants.ts'
import { test } from '../support/databases.ts'
import { addOperation, addSnapshot, type FabricatedHost, makeHost, SECRET } from './host.ts'

const DAY_MS = 24 * 3600_000
const TOKEN_OF_NOBODY = `rp_${'n'.repeat(43)}`

interface Case {
  break(host: FabricatedHost): Promise<unknown>
  readonly found: readonly string[]
  /** The files are as they were: they need not be checked each by each, which takes most of the time. */
  readonly inRows?: true
}

const set = (
  host: FabricatedHost,
  table: 'layers' | 'snapshots' | 'servers' | 'operations',
  id: number,
  values: object,
) => host.db.updateTable(table).set(values).where('id', '=', id).execute()
const merge = (garbage: number, child: number, base: number | null) =>
  ({
    kind: 'merge',
    status: 'waiting',
    server_id: null,
    lane: `layer:${child}`,
    input: { garbage, child, base },
  }) as const

const cases: Record<string, Case> = {
  nothing: { break: async () => {}, found: [] },

  'a header that names another layer': {
    break: host => host.qemuImg('rebase', '-u', '-f', 'qcow2', '-b', '1.qcow2', '-F', 'qcow2', '4.qcow2'),
    // qemu-img, asked for the whole chain, sees it as well.
    found: ['I3 layer 4', 'I3 the files of server 1, disk 0'],
  },
  'a header that is ahead of its merge': {
    async break(host) {
      await host.qemuImg('rebase', '-u', '-f', 'qcow2', '-b', '1.qcow2', '-F', 'qcow2', '4.qcow2')
      await addOperation(host.db, merge(2, 4, 1))
    },
    found: [],
  },
  'a header that is ahead of another merge': {
    async break(host) {
      await host.qemuImg('rebase', '-u', '-f', 'qcow2', '-b', '1.qcow2', '-F', 'qcow2', '3.qcow2')
      await addOperation(host.db, merge(2, 4, 1))
    },
    found: ['I3 layer 3'],
  },
  'headers in a circle': {
    break: host => host.qemuImg('rebase', '-u', '-f', 'qcow2', '-b', '6.qcow2', '-F', 'qcow2', '6.qcow2'),
    found: ['I3 layer 6', 'I4 layer 6'],
  },
  'a header that leads out of the folder': {
    break: host => host.qemuImg('rebase', '-u', '-f', 'qcow2', '-b', '/etc/shadow', '-F', 'raw', '6.qcow2'),
    found: ['I4 layer 6'],
  },
  'a header that is none': {
    break: host => truncate(host.layer(6), 20),
    found: ['I4 layer 6', 'I7 layer 6'],
  },
  'a link in the place of a layer': {
    async break(host) {
      await rename(host.layer(6), join(host.stateDir, 'elsewhere'))
      await symlink('../../elsewhere', host.layer(6))
    },
    found: ['I24 layer 6', 'I4 layer 6'],
  },
  'rows in a circle': {
    break: host => set(host, 'layers', 6, { parent_id: 6 }),
    found: ['I3 layer 6', 'I3 the files of server 3, disk 0', 'I4 the row of layer 6'],
  },
  'tables that were overwritten': {
    async break(host) {
      const file = await open(host.layer(2), 'r+')
      // The first refcounts: every cluster that they count is in use.
      await file.write(Buffer.alloc(64), 0, 64, 2 * 65536)
      await file.close()
    },
    found: ['I7 layer 2'],
  },

  'the file of a snapshot is gone': { break: host => rm(host.layer(2)), found: ['I14 layer 2'] },
  'the file of a head is gone': { break: host => rm(host.layer(6)), found: ['I24 layer 6'] },
  'an image in place is gone': {
    async break(host) {
      await set(host, 'layers', 6, { is_image: 1, file: join(host.stateDir, 'gone.qcow2'), parent_id: null })
      await rm(host.layer(6))
    },
    found: ['I24 layer 6'],
  },
  'a completed snapshot without layers': {
    break: host => host.db.deleteFrom('snapshot_layers').execute(),
    found: ['I14 snapshot 1'],
    inRows: true,
  },
  'a completed snapshot without a size': {
    break: host => set(host, 'snapshots', 1, { size_mb: null }),
    found: ['I14 snapshot 1'],
    inRows: true,
  },
  'a snapshot that nobody makes': {
    break: host => set(host, 'snapshots', 1, { status: 'in_progress', operation_id: null }),
    found: ['I14 snapshot 1', 'I15 operation 2'],
    inRows: true,
  },
  'a snapshot that is not what its operation was': {
    break: host => set(host, 'operations', 1, { status: 'failed', error_code: 'x', error_detail: 'y' }),
    found: ['I13 snapshot 1'],
    inRows: true,
  },
  'a label that was not earned': {
    break: async host => {
      const { receipt } = await host.db.selectFrom('snapshots').select('receipt').executeTakeFirstOrThrow()
      const told = { ...JSON.parse(receipt as string), achieved: 'filesystem', running: true }
      await set(host, 'snapshots', 1, { receipt: JSON.stringify(told) })
    },
    found: ['I23 snapshot 1'],
    inRows: true,
  },
  'an undo point that lost its layer': {
    break: host => host.db.deleteFrom('undo_layers').execute(),
    found: ['I8 undo point 1'],
    inRows: true,
  },

  'an operation whose process died': {
    break: ({ db }) => addOperation(db, { kind: 'server_stop', status: 'running', lease_until: Date.now() - 60_000 }),
    found: ['I10 operation 3'],
    inRows: true,
  },
  'an operation that was handed over': {
    break: ({ db }) => addOperation(db, { kind: 'server_stop', status: 'running', lease_until: 0 }),
    found: [],
    inRows: true,
  },
  'an operation that is held': {
    break: ({ db }) => addOperation(db, { kind: 'server_stop', status: 'running', lease_until: Date.now() + 30_000 }),
    found: [],
    inRows: true,
  },
  'an operation that is held for hours': {
    break: ({ db }) => addOperation(db, { kind: 'server_stop', status: 'running', lease_until: Date.now() + DAY_MS }),
    found: ['I10 operation 3'],
    inRows: true,
  },
  'two operations on one server': {
    async break({ db }) {
      const held = { kind: 'server_stop', status: 'running', lease_until: Date.now() + 30_000 } as const
      await addOperation(db, held)
      await addOperation(db, { ...held, lane: 'another' })
    },
    found: ['I12 operation 3 and 4'],
    inRows: true,
  },
  'a failure without a cause': {
    break: ({ db }) => addOperation(db, { kind: 'server_stop', status: 'failed' }),
    found: ['I18 operation 3'],
    inRows: true,
  },
  'a deleted server that keeps its disks': {
    break: host => set(host, 'servers', 2, { deleted_at: 1 }),
    found: ['I20 server 2'],
    inRows: true,
  },
  'a deleted server that is on its way out': {
    async break(host) {
      await set(host, 'servers', 2, { deleted_at: 1 })
      await addOperation(host.db, { kind: 'server_delete', status: 'waiting', server_id: 2 })
    },
    found: [],
    inRows: true,
  },
  'a tombstone on what is needed': {
    break: host => set(host, 'layers', 6, { state: 'trash', parent_id: null }),
    found: ['I27 layer 6'],
    inRows: true,
  },

  'a file that no layer has': {
    break: async host => {
      await host.db.deleteFrom('disks').where('server_id', '=', 3).execute()
      await host.db.deleteFrom('layers').where('id', '=', 6).execute()
    },
    found: ['I24 file 6.qcow2'],
    inRows: true,
  },
  'a file that this database has never known': {
    break: host => writeFile(host.layer(7), ''),
    found: ['I24 file 7.qcow2'],
    inRows: true,
  },
  'a draft that nobody makes': {
    break: host => writeFile(`${host.layer(4)}.new`, ''),
    found: ['I24 file 4.qcow2.new'],
    inRows: true,
  },
  'something else among the layers': {
    break: host => writeFile(join(host.stateDir, 'guests/layers/notes.txt'), ''),
    found: ['I24 file notes.txt'],
    inRows: true,
  },
  'a layer that was prepared for nothing': {
    break: host =>
      host.db
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
        .execute(),
    found: ['I24 layer 7'],
    inRows: true,
  },
  'a layer that is prepared for something': {
    async break({ db }) {
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
      await addOperation(db, {
        kind: 'snapshot_create',
        status: 'queued',
        input: { disks: [{ diskId: 1, slot: 0, layerId: 7 }] },
      })
    },
    found: [],
    inRows: true,
  },
  'the folder of a machine of no server': {
    break: host => mkdir(join(host.stateDir, 'guests/machines/9')),
    found: ['I24 folder 9'],
    inRows: true,
  },

  'more snapshots than there may be': {
    async break({ db }) {
      for (const name of ['b', 'c', 'd', 'e', 'f']) await addSnapshot(db, name)
    },
    found: ['I25 server 1'],
    inRows: true,
  },
  'more servers than the quota': {
    break: ({ db }) => db.updateTable('accounts').set({ quota_servers: 1 }).where('id', '=', 1).execute(),
    found: ['I25 account 1'],
    inRows: true,
  },

  "a snapshot of another account's server": {
    break: host => set(host, 'snapshots', 1, { account_id: 2 }),
    found: ['I33 server 2', 'I33 snapshot 1', 'I33 snapshot 1 and layer 2'],
    inRows: true,
  },
  "a server that reads another account's layer": {
    break: async host => {
      await set(host, 'layers', 6, { parent_id: 2 })
      await host.qemuImg('rebase', '-u', '-f', 'qcow2', '-b', '2.qcow2', '-F', 'qcow2', '6.qcow2')
    },
    found: ['I33 server 3 and layer 2'],
    inRows: true,
  },
  'a token of a deleted account': {
    async break({ db }) {
      const words = { email: '', first_name: '', last_name: '', company_name: '' }
      await db
        .insertInto('accounts')
        .values({ ...words, created_at: 1, deleted_at: 2 })
        .execute()
      await db.updateTable('tokens').set({ account_id: 3 }).execute()
    },
    found: ['I33 token 1'],
    inRows: true,
  },

  'a token in the log of a QEMU': {
    async break({ stateDir }) {
      const folder = join(stateDir, 'guests/machines/1')
      await mkdir(folder)
      await writeFile(join(folder, 'qemu.log'), `one\ntwo ${SECRET}\nthree ${SECRET}\n`)
    },
    found: ['I34 STATE/guests/machines/1/qemu.log'],
    inRows: true,
  },
  'a token in a row': {
    break: host => set(host, 'servers', 1, { status_reason: `because of ${TOKEN_OF_NOBODY}` }),
    found: ['I34 the table servers, column status_reason, row 1'],
    inRows: true,
  },
  'a token that others may read': {
    break: ({ stateDir }) => chmod(join(stateDir, 'admin-token'), 0o644),
    found: ['I34 the rights of STATE/admin-token'],
    inRows: true,
  },
}

const besidesFiles = invariants.map(({ id }) => id).filter(id => id !== 'I7')

/** What is broken in rows alone is broken on either database; files are the same. */
const onBoth = [
  'nothing',
  'an operation whose process died',
  'a token in a row',
  'a file that no layer has',
  'more servers than the quota',
]

for (const [name, { break: breakIt, found, inRows }] of Object.entries(cases)) {
  const run = async (host: FabricatedHost) => {
    await breakIt(host)
    const said = (await host.findings(inRows ? { only: besidesFiles } : {})).map(text =>
      text.replace(host.stateDir, 'STATE'),
    )
    assert.deepEqual(said, [...found].sort())
  }
  if (onBoth.includes(name)) test(`broken: ${name}`, async t => run(await makeHost(t as node.TestContext)))
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
