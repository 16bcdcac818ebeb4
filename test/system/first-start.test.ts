/** What somebody meets who starts the service for the first time, and for the second. */
import { strict as assert } from 'node:assert'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { lstat, open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { needs } from '../support/needs.ts'
import { Api, type Snapshot } from './support/api.ts'
import { Rig } from './support/rig.ts'
import { newStateDir, removeState, startService } from './support/service.ts'
import { until } from './support/until.ts'

const execute = promisify(execFile)
const skip = needs('qemu-system-x86_64', 'qemu-img', 'curl', 'bash')
const main = join(import.meta.dirname, '../../packages/server/src/main.ts')
const SECRET = /rp_[A-Za-z0-9_-]{43}/g

test('the first start', { skip }, async t => {
  let rig: Rig
  before(async () => {
    rig = await Rig.start()
  })
  after(() => rig?.end())

  await t.test('makes an admin token, prints it once and keeps it in a file of its own', async () => {
    const file = join(rig.stateDir, 'admin-token')
    assert.equal(((await lstat(file)).mode & 0o777).toString(8), '600')
    const kept = (await readFile(file, 'utf8')).trim()
    assert.match(kept, /^rp_[A-Za-z0-9_-]{43}$/)
    assert.deepEqual(rig.service.output().match(SECRET), [kept])
  })

  await t.test('ends with three cURL lines that work as they are', async () => {
    const lines = rig.service.output().match(/^ +curl .*$/gm) ?? []
    assert.equal(lines.length, 3)
    const replies: { name?: string; count?: number; results?: { name: string }[] }[] = []
    for (const line of lines) {
      const { stdout } = await execute('bash', ['-c', `${line.trim()} --silent --show-error --fail-with-body`])
      replies.push(JSON.parse(stdout))
    }
    assert.equal(replies[0]?.name, 'first')
    assert.deepEqual(
      replies[1]?.results?.map(snapshot => snapshot.name),
      ['first'],
    )
    assert.ok((replies[2]?.count ?? 0) >= 2, 'layers')
  })

  await t.test('prints a link that signs in once, where there is a console to sign in to', async () => {
    const said = rig.service.output()
    const [, code] = /http:\/\/\S+\/console\/#sign-in=(\S+)/.exec(said) ?? []
    assert.equal(code === undefined, said.includes('There is no console'), said)
    if (code === undefined) return
    const signIn = () => rig.api.call<{ token: string }>('POST', '/sign-in/', { code })
    const { status, body } = await signIn()
    assert.equal(status, 201)
    const api = new Api({ url: rig.service.url, token: body.token })
    assert.equal((await api.get<{ count: number }>('/servers/')).count, 1)
    assert.equal((await signIn()).status, 400)
  })

  await t.test('lets nobody else into the state folder', async () => {
    const open: string[] = []
    for (const entry of await readdir(rig.stateDir, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      // Some files are there for a moment only, until they have their name.
      const found = await lstat(path).catch(() => undefined)
      const mode = found?.mode ?? 0
      if ((mode & 0o077) !== 0) open.push(`${(mode & 0o777).toString(8)} ${path.slice(rig.stateDir.length)}`)
    }
    // What lies in a folder of 0700 is out of reach whatever its own mode is.
    const closed = open.filter(line => !line.includes('/guests/'))
    assert.deepEqual(closed, [])
    assert.equal(((await lstat(rig.stateDir)).mode & 0o777).toString(8), '700')
    assert.equal(((await lstat(join(rig.stateDir, 'guests'))).mode & 0o777).toString(8), '700')
  })

  await t.test('is the only one that shows a secret; the second makes nothing', async () => {
    await rig.restart('stop')
    const said = rig.service.output()
    assert.equal(said.match(SECRET), null)
    assert.doesNotMatch(said, /sign-in/, 'a token was used')
    assert.match(said, /Restpoint is ready on http:.*\. The admin token is in .*admin-token\./)
    const { results } = await rig.api.get<{ results: Snapshot[] }>('/snapshots/')
    assert.equal(results.length, 1)
    const servers = await rig.api.get<{ count: number }>('/servers/')
    assert.equal(servers.count, 1)
  })
})

test('RESTPOINT_DEMO=0 makes an account and a token, and no server', { skip }, async () => {
  const stateDir = await newStateDir()
  try {
    const service = await startService({ stateDir, env: { RESTPOINT_DEMO: '0' } })
    try {
      assert.equal(service.output().match(SECRET)?.length, 1)
      const headers = { authorization: `Bearer ${service.token}` }
      const reply = await fetch(`${service.url}/api/v1/servers/`, { headers })
      assert.deepEqual([reply.status, await reply.json()], [200, { count: 0, results: [] }])
    } finally {
      await service.stop()
    }
  } finally {
    await removeState(stateDir)
  }
})

test('where its output goes to the journal, the secret does not', { skip }, async t => {
  const stateDir = await newStateDir()
  const journal = await open(join(stateDir, 'journal'), 'w')
  const { dev, ino } = await journal.stat({ bigint: true })
  const service = spawn(process.execPath, [main], {
    stdio: ['ignore', journal.fd, journal.fd],
    env: {
      PATH: process.env['PATH'],
      JOURNAL_STREAM: `${dev}:${ino}`,
      RESTPOINT_STATE_DIR: stateDir,
      RESTPOINT_LISTEN: '127.0.0.1:0',
      RESTPOINT_DEMO: '0',
    },
  })
  t.after(async () => {
    service.kill('SIGKILL')
    await journal.close()
    await removeState(stateDir)
  })
  const said = () => readFile(join(stateDir, 'journal'), 'utf8')
  await until('it is ready', async () => (await said()).includes('Restpoint is ready'))
  assert.match(await said(), /The admin token is in .*admin-token\./)
  assert.equal((await said()).match(SECRET), null)
  assert.doesNotMatch(await said(), /sign-in/)
  assert.match(await readFile(join(stateDir, 'admin-token'), 'utf8'), SECRET)
})

test('settings that are wrong are told all at once, and nothing is made', async () => {
  const stateDir = await newStateDir()
  try {
    const { status, stderr } = spawnSync(process.execPath, [main], {
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        RESTPOINT_STATE_DIR: stateDir,
        RESTPOINT_LISTEN: 'nowhere',
        RESTPOINT_ACCEL: 'warp',
        RESTPOINT_SNAPSHOT_LIMITS: '5',
      },
    })
    assert.equal(status, 1)
    for (const name of ['RESTPOINT_LISTEN', 'RESTPOINT_ACCEL', 'RESTPOINT_SNAPSHOT_LIMITS']) {
      assert.match(stderr, new RegExp(`^ {2}- ${name} `, 'm'))
    }
    assert.match(stderr, /Did you mean RESTPOINT_SNAPSHOT_LIMIT\?/)
    assert.doesNotMatch(stderr, /^\s+at /m)
    assert.deepEqual(await readdir(stateDir), [])
  } finally {
    await removeState(stateDir)
  }
})
