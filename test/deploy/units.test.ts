/** The systemd units, as far as they can be tried without systemd running. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { readConfig } from '../../packages/server/src/config.ts'
import { needs } from '../support/needs.ts'

const projectFolder = path.resolve(import.meta.dirname, '../..')
const skip = needs('systemd-analyze')
const service = read('restpoint.service')
const guests = read('restpoint-guests.service')

function read(name: string): string {
  return readFileSync(path.join(projectFolder, 'deploy', name), 'utf8')
}

/** All values of a setting, in their order. */
function valuesOf(unit: string, setting: string): string[] {
  return [...unit.matchAll(new RegExp(`^${setting}=(.*)$`, 'gm'))].map(match => match[1] ?? '')
}

/** The units in a folder of their own, with the programs of this clone. */
function installed(t: TestContext, units: Record<string, string>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'restpoint-units-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(units)) {
    const here = text
      .replaceAll(/\/opt\/restpoint\/node_modules\/node-linux-\w+\/bin\/node/g, process.execPath)
      .replaceAll('/opt/restpoint', projectFolder)
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), here)
  }
  return folder
}

function analyze(folder: string, ...args: string[]): { code: number | null; said: string } {
  const env = { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:`, LC_ALL: 'C' }
  const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8', env, cwd: folder })
  return { code: status, said: stdout + stderr }
}

const verify = (folder: string) =>
  analyze(folder, 'verify', '--man=no', './restpoint.service', './restpoint-guests.service')
const all = { 'restpoint.service': service, 'restpoint-guests.service': guests }

test('systemd understands the units, with and without what may be added to them', { skip }, t => {
  assert.deepEqual(verify(installed(t, all)), { code: 0, said: '' })
  const added = {
    'restpoint.service.d/bridges.conf': read('bridges.conf'),
    'restpoint.service.d/qemu-user.conf': read('qemu-user.conf'),
    'restpoint-guests.service.d/qemu-user.conf': read('qemu-user.conf'),
  }
  assert.deepEqual(verify(installed(t, { ...all, ...added })), { code: 0, said: '' })
})

test('it would say what it does not understand, and which program is not there', { skip }, t => {
  const misspelt = service.replace('KillMode=', 'KilMode=')
  assert.match(verify(installed(t, { ...all, 'restpoint.service': misspelt })).said, /KilMode/)
  const absent = guests.replace('power-off.ts', 'power-off.ts\nExecStopPost=/opt/restpoint/bin/nothing')
  assert.match(
    verify(installed(t, { ...all, 'restpoint-guests.service': absent })).said,
    /bin\/nothing is not executable/,
  )
})

test('they leave little open', { skip }, t => {
  // systemd's own measure: 0 is nothing, 10 everything, and what is below 2.5 it calls OK.
  for (const [name, limit] of [
    ['restpoint.service', 25],
    ['restpoint-guests.service', 20],
  ] as const) {
    const { code, said } = analyze(installed(t, all), 'security', '--offline=true', `--threshold=${limit}`, `./${name}`)
    assert.equal(code, 0, said)
  }
})

test('QEMU outlives the service, and one that is ended takes nobody with it', () => {
  assert.deepEqual(valuesOf(service, 'KillMode'), ['process'])
  assert.deepEqual(valuesOf(service, 'OOMPolicy'), ['continue'])
  assert.deepEqual(valuesOf(service, 'TasksMax'), ['infinity'])
  for (const setting of [
    'MemoryMax',
    'RuntimeMaxSec',
    'RemoveIPC',
    'PrivateUsers',
    'MemoryDenyWriteExecute',
    'ProtectProc',
  ]) {
    assert.deepEqual(valuesOf(service, setting), [], setting)
  }
})

test('at the end of the host the service ends first, then the servers, each with its time', () => {
  assert.deepEqual(valuesOf(service, 'Requires'), ['restpoint-guests.service'])
  assert.match(valuesOf(service, 'After').join(' '), /restpoint-guests\.service/)
  assert.deepEqual(valuesOf(guests, 'Before'), ['restpoint.service'])
  assert.match(valuesOf(guests, 'After').join(' '), /network\.target/)
  const [grace] = /GRACE_MS = ([\d_]+)/.exec(source('power-off.ts'))?.slice(1) ?? []
  assert.ok(Number(valuesOf(guests, 'TimeoutStopSec')[0]) * 1000 > Number(grace?.replaceAll('_', '')))
})

test('both run as the same user, in the same state folder, which is the usual one', () => {
  const usual = readConfig({}, { isRoot: true, home: '/root' }).stateDir
  for (const unit of [service, guests]) {
    assert.deepEqual([valuesOf(unit, 'User'), valuesOf(unit, 'Group')], [['restpoint'], ['restpoint']])
    assert.equal(`/var/lib/${valuesOf(unit, 'StateDirectory')[0]}`, usual)
    const { RESTPOINT_STATE_DIR } = environmentOf(valuesOf(unit, 'Environment').join(' ').split(' '))
    assert.equal(RESTPOINT_STATE_DIR?.replace('%S', '/var/lib'), usual)
    assert.deepEqual(valuesOf(unit, 'EnvironmentFile'), ['-/etc/restpoint/restpoint.env'])
  }
  assert.deepEqual(valuesOf(service, 'SupplementaryGroups'), ['kvm'])
})

test('the sample of the settings is understood, also what is commented out in it', () => {
  const lines = read('restpoint.env').split('\n')
  const given = environmentOf(lines.flatMap(line => /^#?(RESTPOINT_\w+=.*)$/.exec(line)?.[1] ?? []))
  assert.ok(Object.keys(given).length > 3)
  readConfig(given, { isRoot: false, home: '/nonexistent' })
  for (const line of lines) assert.match(line, /^$|^#|^RESTPOINT_\w+=\S*$/)
})

function environmentOf(assignments: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    assignments.map(text => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
  )
}

function source(name: string): string {
  return readFileSync(path.join(projectFolder, 'packages/server/src', name), 'utf8')
}
