/** What is written as root, in folders that belong to QEMU's user, goes nowhere else. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { link, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { realHost } from '../../../src/drivers/qemu/host.ts'

const options = { skip: process.getuid?.() !== 0 && 'not root' }
const user = { uid: 12345, gid: 12345 }

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'restpoint-host-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const traps: Readonly<Record<string, (secret: string, path: string) => Promise<void> | void>> = {
  'a link': (secret, path) => symlink(secret, path),
  'a second name': (secret, path) => link(secret, path),
  'a pipe': (_secret, path) => void execFileSync('mkfifo', [path]),
}

for (const [name, lay] of Object.entries(traps)) {
  test(`${name} in the place of a file of ours is left alone`, options, async t => {
    const folder = await folderOf(t)
    const secret = join(folder, 'secret')
    const path = join(folder, 'file')
    await writeFile(secret, 'root only')
    await lay(secret, path)
    const host = realHost(user)
    await assert.rejects(host.launch('true', [], path))
    await assert.rejects(host.writeText(path, 'other'))
    assert.equal((await stat(secret)).uid, 0)
    assert.equal(await readFile(secret, 'utf8'), 'root only')
  })
}

test('a link in the place of a folder is left alone', options, async t => {
  const folder = await folderOf(t)
  const path = join(folder, 'machine')
  await symlink(folder, path)
  await assert.rejects(realHost(user).makeFolder(path), /is not a folder/)
  assert.equal((await stat(folder)).uid, 0)
})

test("QEMU's folders and logs are its own, the way to them the service's", options, async t => {
  const folder = await folderOf(t)
  const host = realHost(user)
  const [way, own] = [join(folder, 'way'), join(folder, 'way', 'own')]
  await host.makeFolder(way) // as earlier versions left it
  await host.makeFolder(way, 'service')
  await host.makeFolder(own)
  await host.launch('true', [], join(own, 'log'))
  const facts = async (path: string) => {
    const { uid, gid, mode } = await stat(path)
    return [uid, gid, mode & 0o777]
  }
  assert.deepEqual(await facts(way), [0, 0, 0o711])
  assert.deepEqual(await facts(own), [user.uid, user.gid, 0o700])
  assert.deepEqual(await facts(join(own, 'log')), [user.uid, user.gid, 0o600])
})

test('a text replaces the one before it, also a longer one', async t => {
  const path = join(await folderOf(t), 'file')
  const host = realHost(null)
  await host.writeText(path, 'longer')
  await host.writeText(path, 'short')
  assert.equal(await readFile(path, 'utf8'), 'short')
})
