/** The page's own commands, in its order, on the state folder of a real service. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { readConfig } from '../../packages/server/src/config.ts'
import { needs } from '../support/needs.ts'
import { Rig } from '../system/support/rig.ts'
import { blocksOf, projectFolder, readPage, sectionOf } from './markdown.ts'

const execute = promisify(execFile)
const page = readPage('docs/leaving.md')

const blocks = (title: string, language = 'sh') =>
  blocksOf(sectionOf(page, title)).flatMap(block => (block.language === language ? [block.text] : []))

test('the folder that the page begins with is the usual one', () => {
  const [first] = blocksOf(page)
  assert.equal(first?.text, `export STATE=${readConfig({}, { isRoot: true, home: '/root' }).stateDir}\n`)
})

test('the commands of the page', {
  skip: needs('qemu-system-x86_64', 'qemu-img', 'python3', 'bash', 'npm'),
}, async t => {
  const rig = await Rig.start()
  const folder = path.join(path.dirname(rig.stateDir), 'leaving')
  const moved = `${rig.stateDir}-new`
  t.after(async () => {
    await rig.end()
    for (const left of [folder, moved]) await rm(left, { recursive: true, force: true })
  })
  await mkdir(folder)
  const run = async (command: string, { cwd = folder, stateDir = rig.stateDir } = {}) => {
    const env = { ...process.env, STATE: stateDir, NEW: moved, RESTPOINT_SETUP: 'print' }
    const { stdout } = await execute('bash', ['-euo', 'pipefail', '-c', command], { cwd, env, timeout: 60_000 })
    return stdout
  }
  const file = (name: string) => path.join(folder, name)
  /** Reads the same, byte for byte, as the layer does through all that it stands on. */
  const sameContent = (name: string, layer: string | undefined, format = 'qcow2') =>
    execute('qemu-img', ['compare', '-q', '-U', '-f', format, '-F', 'qcow2', file(name), layer as string])

  await rig.shell.run('echo one > /data/file; sync')
  const { id } = await rig.api.snapshot(1, 'first')
  await rig.shell.run('echo two > /data/file; sync')
  const layers = await rig.api.layers(1)
  const active = layers.find(({ kind }) => kind === 'active')?.path
  const sealed = layers.find(({ snapshots }) => snapshots.length > 0)?.path

  await t.test('all servers at a glance', async () => {
    const [glance] = blocks('What lies where') as [string]
    assert.deepEqual((await run(glance)).split('\n'), [
      'server 1: web-server-01, active',
      `  disk 0 now: ${path.relative(rig.stateDir, active as string)}`,
      `  disk 0 in snapshot ${id} (first): ${path.relative(rig.stateDir, sealed as string)}`,
      '',
    ])
  })

  await t.test('a snapshot, while the server runs', async () => {
    for (const block of blocks('A snapshot')) await run(block)
    await sameContent('snapshot.qcow2', sealed)
  })

  await t.test('a disk: not while the server runs', async () => {
    const [disk] = blocks('A disk') as [string]
    await assert.rejects(run(disk), /Failed to get shared "write" lock|Failed to get "write" lock/)
    await rig.api.perform('/servers/1/stop/')
    assert.ok((await run(disk)).includes(`image: ${active}`))
    await sameContent('disk.qcow2', active)
    await assert.rejects(sameContent('disk.qcow2', sealed), 'the snapshot is another')
    const { stdout } = await execute('qemu-img', ['info', '--output=json', file('disk.qcow2')])
    assert.equal(JSON.parse(stdout)['backing-filename'], undefined, 'it needs no other file')
  })

  await t.test('everything', async () => {
    await writeFile(file('export.py'), blocks('Everything', 'python')[0] as string)
    for (const block of blocks('Everything')) await run(block)
    await sameContent('out/server-1/disk-0.qcow2', active)
    await sameContent(`out/server-1/snapshot-${id}/disk-0.qcow2`, sealed)
    assert.equal(JSON.parse(await readFile(file('out/server-1/1.json'), 'utf8')).name, 'web-server-01')
  })

  await t.test('other formats', async () => {
    for (const block of blocks('To another hypervisor')) await run(block)
    await sameContent('disk.raw', active, 'raw')
    await sameContent('disk.vmdk', active, 'vmdk')
  })

  await t.test('moving, and a new database where the folder is now', async () => {
    await rig.service.stop()
    const [, copy, ...others] = blocks('Moving') as [string, string, ...string[]]
    assert.deepEqual(others, [])
    await run(copy)
    await rm(rig.stateDir, { recursive: true })
    const [lost] = blocks('A lost database') as [string]
    const said = await run(lost, { cwd: projectFolder, stateDir: moved })
    assert.match(said, /Nothing was written: this was a dry run\.\n[^]*The database is rebuilt\./)
    rig.stateDir = moved
    await rig.restart('stop')
    await rig.api.perform(`/snapshots/${id}/restore/`)
    await rig.api.perform('/servers/1/start/')
    await rig.newShell()
    assert.equal((await rig.shell.run('cat /data/file')).trim(), 'one')
  })
})
