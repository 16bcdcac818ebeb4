import assert from 'node:assert/strict'
import { lstat, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { recordFolder } from '../../src/records/files.ts'

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'restpoint-records-'))
  t.after(() => rm(folder, { recursive: true }))
  return join(folder, 'records')
}

const mode = async (path: string) => ((await lstat(path)).mode & 0o777).toString(8)

test('a folder that is not there holds nothing', async t => {
  assert.deepEqual(await recordFolder(await folderOf(t)).read(), new Map())
})

test('what is written is read, replaced and removed, and nobody else gets in', async t => {
  const folder = await folderOf(t)
  const files = recordFolder(folder)
  await files.write('ids.json', 'ids')
  await files.write('servers/7.json', 'old')
  await files.write('servers/7.json', 'new')
  await files.write('images/1.json', 'image')
  assert.deepEqual(
    await files.read(),
    new Map([
      ['ids.json', 'ids'],
      ['images/1.json', 'image'],
      ['servers/7.json', 'new'],
    ]),
  )
  assert.deepEqual(
    await Promise.all(['', 'servers', 'ids.json', 'servers/7.json'].map(name => mode(join(folder, name)))),
    ['700', '700', '600', '600'],
  )
  await files.remove('servers/7.json')
  await files.remove('servers/8.json')
  assert.deepEqual([...(await files.read()).keys()], ['ids.json', 'images/1.json'])
})

test('what a crash has left half written is nobody’s record, and in nobody’s way', async t => {
  const folder = await folderOf(t)
  const files = recordFolder(folder)
  await files.write('servers/7.json', 'whole')
  await writeFile(join(folder, 'servers/7.json.new'), 'ha', { mode: 0o644 })
  assert.deepEqual(await files.read(), new Map([['servers/7.json', 'whole']]))
  await files.write('servers/7.json', 'newer')
  assert.deepEqual(await readdir(join(folder, 'servers')), ['7.json'])
  assert.equal(await mode(join(folder, 'servers/7.json')), '600')
})

test('what people put beside the records stays theirs', async t => {
  const folder = await folderOf(t)
  const files = recordFolder(folder)
  await files.write('servers/7.json', 'record')
  await writeFile(join(folder, 'servers/7.json~'), 'mine')
  await writeFile(join(folder, 'servers/notes.json'), 'mine')
  assert.deepEqual([...(await files.read()).keys()], ['servers/7.json'])
})
