/** The command on a state folder with real layers and no machines; beside running ones: test/system/rebuild.test.ts. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { needs } from '../../../test/support/needs.ts'
import { rebuild } from '../../../test/system/support/rebuild.ts'
import { openSqlite } from '../src/db/sqlite/open.ts'
import { recordFolder } from '../src/records/files.ts'
import { textsOf } from '../src/records/recorder.ts'
import { found, server } from './records/sample.ts'

const skip = needs('qemu-img', 'qemu-system-x86_64')

/** The small host of the samples, as a state folder. */
async function stateFolder(t: TestContext, servers = [server]): Promise<string> {
  const stateDir = await mkdtemp(join(tmpdir(), 'restpoint-rebuild-'))
  t.after(() => rm(stateDir, { recursive: true }))
  for (const folder of ['guests/layers', 'guests/trash', 'guests/machines/1']) {
    await mkdir(join(stateDir, folder), { recursive: true })
  }
  for (const { id, base } of found().layers) addLayer(stateDir, id, base.kind === 'layer' ? base.id : null)
  const records = recordFolder(join(stateDir, 'records'))
  for (const [name, text] of textsOf(found({ servers }).records)) await records.write(name, text)
  return stateDir
}

function addLayer(stateDir: string, id: number, base: number | null): void {
  const backing = base === null ? [] : ['-u', '-b', `${base}.qcow2`, '-F', 'qcow2']
  const args = ['create', '-q', '-f', 'qcow2', ...backing, `${id}.qcow2`, '1M']
  execFileSync('qemu-img', args, { cwd: join(stateDir, 'guests/layers') })
}

async function snapshotsIn(stateDir: string): Promise<number[]> {
  const db = openSqlite(join(stateDir, 'restpoint.db'))
  try {
    return (await db.selectFrom('snapshots').select('id').orderBy('id').execute()).map(({ id }) => id)
  } finally {
    await db.destroy()
  }
}

test('what is recorded is rebuilt, and a dry run writes nothing', { skip }, async t => {
  const stateDir = await stateFolder(t)
  const before = await readdir(stateDir)
  const dry = rebuild(stateDir, ['--dry-run'])
  assert.equal(dry.code, 0, dry.said)
  assert.deepEqual(
    (await readdir(stateDir)).filter(name => !name.startsWith('lock')),
    before.filter(name => !name.startsWith('lock')),
  )
  const done = rebuild(stateDir)
  assert.equal(done.code, 0, done.said)
  assert.match(
    done.said,
    /^Account 1: a@example\.test\.\nImage 1: tiny, layer 1\.\nServer 1: web, disk 0 is layer 5\.\n/,
  )
  assert.deepEqual(await snapshotsIn(stateDir), [1, 2])
  assert.match(await readFile(join(stateDir, 'admin-token'), 'utf8'), /^rp_[\w-]{43}\n$/)
  assert.deepEqual((await readdir(join(stateDir, 'records'))).sort(), [
    'accounts.json',
    'ids.json',
    'images',
    'servers',
  ])
})

test('what is left out is named, and its record stays', { skip }, async t => {
  const stateDir = await stateFolder(t)
  await rm(join(stateDir, 'guests/layers/3.qcow2'))
  await rm(join(stateDir, 'guests/layers/4.qcow2'))
  const { code, said } = rebuild(stateDir)
  assert.equal(code, 2, said)
  assert.match(said, /^Left out\. Snapshot 2 \(s2\) of server 1 \(web\): layer 3 is not there\.$/m)
  assert.match(said, /^Left out\. The undo point of server 1 \(web\): layer 4 is not there\.$/m)
  assert.deepEqual(await snapshotsIn(stateDir), [1])
  const [place] = (await readdir(join(stateDir, 'records'))).filter(name => name.startsWith('before-rebuild-'))
  const kept = await readFile(join(stateDir, 'records', place as string, 'servers/1.json'), 'utf8')
  assert.equal(kept, await readFile(join(stateDir, 'records/servers/1.json'), 'utf8'))
})

test('a layer that nobody knows is kept, and what is no layer is left alone', { skip }, async t => {
  const stateDir = await stateFolder(t)
  addLayer(stateDir, 9, 3)
  await writeFile(join(stateDir, 'guests/layers/10.qcow2.new'), 'half')
  await symlink('/etc/passwd', join(stateDir, 'guests/layers/11.qcow2'))
  await writeFile(join(stateDir, 'guests/trash/12.qcow2'), '')
  const { code, said } = rebuild(stateDir)
  assert.equal(code, 0, said)
  assert.match(said, /^Kept\. Layer 9 \(1 MiB\), which stands on layer 3: nothing that was rebuilt needs it\.$/m)
  assert.match(said, /^Left alone\. guests\/layers\/10\.qcow2\.new is no layer\.$/m)
  assert.match(said, /^Left alone\. guests\/layers\/11\.qcow2 is no layer\.$/m)
  assert.match(said, /^Left alone\. guests\/trash holds 1 layers that had been given up before\.$/m)
})

test('a header that names what is no layer is not followed', { skip }, async t => {
  const stateDir = await stateFolder(t)
  const folder = join(stateDir, 'guests/layers')
  execFileSync('qemu-img', ['rebase', '-u', '-f', 'qcow2', '-b', '/etc/shadow', '-F', 'raw', '5.qcow2'], {
    cwd: folder,
  })
  const { code, said } = rebuild(stateDir)
  assert.equal(code, 2, said)
  assert.match(said, /Server 1 \(web\): layer 5 stands on \/etc\/shadow, which is no image of a record\./)
})

test('without records, or without the folder, nothing is done', { skip }, async t => {
  const stateDir = await stateFolder(t)
  await rm(join(stateDir, 'records'), { recursive: true })
  const none = rebuild(stateDir)
  assert.deepEqual(
    [none.code, none.said],
    [1, `There are no records in ${stateDir}/records, so there is nothing to go by.\n`],
  )
  const nowhere = rebuild(`${stateDir}-nowhere`)
  assert.equal(nowhere.code, 1)
  assert.match(nowhere.said, /There is no folder .*-nowhere\./)
})
