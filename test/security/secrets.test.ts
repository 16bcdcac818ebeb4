/**
 * No secret is where it can be read: not in the log, not in a row, not in an argument list, not in QEMU's own output. Here
 * secrets are: tokens (of each only its SHA-256 is kept), the database's password, and cloud-init's user data, in which
 * people put passwords. User data has to be given to the guest at every start, so it is kept where that is made from
 * (`servers.cloud_init`, the record beside the layers, the seed's disk), and nowhere else; all three are the service's
 * or QEMU's own. An ssh key is public, and so is a host name.
 */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect } from '../../packages/server/test/support/database.ts'
import { needs } from '../support/needs.ts'
import { keyed, keyedDatabase, makeCluster, needsPostgres, urlOf } from '../support/postgres.ts'
import { machinesOf } from '../system/support/machines.ts'
import { type BareService, openBareService } from './support/bare-service.ts'

const options = { skip: needs('qemu-system-x86_64', 'qemu-img') || needsPostgres(), timeout: 120_000 }
const USER_DATA = 'pa55w0rd-of-the-guest'
const SSH_KEY = `ssh-ed25519 ${Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0 0123456789abcdef0123456789abcdef', 'latin1').toString('base64')}`

/** Everything that takes or gives a secret has been done once. What to look for, by what it is. */
async function useSecrets(t: TestContext, { api, token }: BareService): Promise<Record<string, string>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'secrets-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const disk = path.join(folder, 'disk.raw')
  await writeFile(disk, '')
  await truncate(disk, 1024 * 1024)
  const waited = { prefer: 'wait=60' }
  const post = async <Body>(at: string, body: object, status = 201): Promise<Body> => {
    const reply = await api.call<Body>('POST', at, body, { ...waited, 'idempotency-key': `key-of-${at}` })
    assert.equal(reply.status, status, JSON.stringify(reply.body))
    return reply.body
  }
  const image = await post<{ id: number }>('/images/', { name: 'blank', path: disk, format: 'raw' })
  const made = await post<{ token: string }>('/tokens/', { name: 'one', permissions: ['admin'] })
  const account = await post<{ token: { token: string } }>('/accounts/', { email: 'a@example.com' })
  const cloud_init = { user_data: `#cloud-config\npassword: ${USER_DATA}\n`, ssh_keys: [SSH_KEY] }
  const plan = { vcpus: 1, memory: 64, storage: 1 }
  const server = await post<{ id: number; status: string }>('/servers/', {
    name: 'web',
    image_id: image.id,
    plan,
    cloud_init,
  })
  assert.equal(server.status, 'active')
  const snapshot = await post<{ id: number }>('/snapshots/', { server_id: server.id, name: 'one' })
  const clone = { name: 'clone', snapshot_id: snapshot.id, cloud_init }
  const cloned = await post<{ id: number; status: string }>(`/servers/${server.id}/clone/`, clone)
  assert.equal(cloned.status, 'active')
  // What is refused is told, and must not be told with what was wrong.
  for (const wrong of [`${USER_DATA}`, `#cloud-config\n${USER_DATA}\n${'#'.repeat(17_000)}`]) {
    const body = { name: 'web2', image_id: image.id, plan, cloud_init: { user_data: wrong } }
    const reply = await api.call<object>('POST', '/servers/', body)
    assert.equal(reply.status, 400)
    assert.ok(!JSON.stringify(reply.body).includes(USER_DATA))
  }
  await api.perform(`/snapshots/${snapshot.id}/restore/`)
  return {
    'the first token': token,
    'a token': made.token,
    "an account's first token": account.token.token,
    'user data': USER_DATA,
    'user data in base64': Buffer.from(USER_DATA).toString('base64').slice(4, -4),
  }
}

function assertNone(secrets: Readonly<Record<string, string>>, where: string, text: string): void {
  for (const [what, secret] of Object.entries(secrets)) assert.ok(!text.includes(secret), `${where} holds ${what}`)
}

async function inProcesses(stateDir: string, pid: number | undefined): Promise<string> {
  const pids = [pid, ...(await machinesOf(stateDir)).map(one => one.pid)]
  assert.equal(pids.length, 3, 'the service and two machines')
  const texts = await Promise.all(pids.map(one => readFile(`/proc/${one}/cmdline`, 'utf8')))
  const environments = await Promise.all(pids.slice(1).map(one => readFile(`/proc/${one}/environ`, 'utf8')))
  return [...texts, ...environments].join('\n')
}

for (const kind of ['sqlite', 'postgres'] as const) {
  test(`no secret is in a log, a row or an argument list [${kind}]`, options, async t => {
    const cluster = kind === 'postgres' ? await makeCluster() : undefined
    t.after(() => cluster?.end())
    const env = cluster ? { RESTPOINT_DATABASE_URL: await keyedDatabase(cluster.folder, 'points') } : {}
    const service = await openBareService(t, { ...env, RESTPOINT_LOG_LEVEL: 'trace' })
    const { stateDir } = service
    const used = await useSecrets(t, service)
    const password = {
      "the database's password": keyed.password,
      'the same in a URL': encodeURIComponent(keyed.password),
    }
    const secrets = cluster ? { ...used, ...password } : used

    const running = await inProcesses(stateDir, service.process.pid)
    assertNone(secrets, 'an argument list, or the environment of a machine,', running)
    const machines = path.join(stateDir, 'guests/machines')
    for (const id of await readdir(machines)) {
      assertNone(secrets, `qemu.log of machine ${id}`, await readFile(path.join(machines, id, 'qemu.log'), 'utf8'))
      const seed = path.join(machines, id, 'seed.iso')
      assert.ok((await readFile(seed, 'latin1')).includes(USER_DATA), 'the guest gets its user data')
      assert.equal((await stat(seed)).mode & 0o077, 0, 'and nobody else')
    }

    // The first start says the first token once, on the terminal and not in the log.
    const { 'the first token': first = '', ...others } = secrets
    const said = service.output()
    assert.equal(said.split(first).length, 2)
    assertNone(others, 'what the service has said', said)
    const log = said.split('\n').filter(line => line.startsWith('{'))
    assert.ok(
      log.some(line => line.includes('"route":"/api/v1/servers/:server_id/clone/"')),
      'requests are logged',
    )
    assertNone(secrets, 'the log', log.join('\n'))

    const db = connect(cluster ? urlOf(cluster.folder, 'points') : path.join(stateDir, 'restpoint.db'))
    t.after(() => db.destroy())
    let rows = 0
    let kept = 0
    for (const { name } of await db.introspection.getTables()) {
      for (const row of await db
        .selectFrom(name as 'servers')
        .selectAll()
        .execute()) {
        rows++
        const { cloud_init, ...rest } = row
        assertNone(secrets, `a row of ${name}`, JSON.stringify(rest))
        if (name !== 'servers') assertNone(secrets, `a row of ${name}`, JSON.stringify(row))
        else if (cloud_init?.includes(USER_DATA)) kept++
      }
    }
    assert.ok(rows > 40, `${rows} rows`)
    assert.equal(kept, 2, 'both servers have their user data')
    await service.stop()
    await checkFiles(stateDir, secrets)
  })
}

/** Every file of the state folder but those that are there for it. */
async function checkFiles(stateDir: string, secrets: Readonly<Record<string, string>>): Promise<void> {
  const isMeant = (name: string) =>
    /^(admin-token|restpoint\.db.*|records\/servers\/\d+\.json|guests\/machines\/\d+\/seed\.iso)$/.test(name)
  let files = 0
  for (const entry of await readdir(stateDir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = path.join(entry.parentPath, entry.name)
    const name = path.relative(stateDir, file)
    // qemu-img's own files can be read by all, but lie where nobody else comes.
    const modes = await Promise.all([file, entry.parentPath].map(async at => (await stat(at)).mode & 0o077))
    assert.ok(modes.includes(0), `${name} is for nobody else`)
    files++
    if (!isMeant(name)) assertNone(secrets, name, await readFile(file, 'latin1'))
  }
  assert.ok(files > 10, `${files} files`)
}
