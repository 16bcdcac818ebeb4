/** What the views know of the API's own rules, of addresses, and of command lines: without a browser. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Image } from '@restpoint/sdk/source'
import { GIB } from '../../src/format/numbers.ts'
import { wholeNumber } from '../../src/forms/whole-number.ts'
import { command } from '../../src/parts/shell.ts'
import { changesOf, noQuota, typedOf } from '../../src/views/accounts/quota.ts'
import { faultOfName, isPlainPath, nameOfFile } from '../../src/views/images/rules.ts'
import { bodyOf, faultsOf, firstWish, leastStorage, storageOf, type Wish } from '../../src/views/new-server/wish.ts'
import { readSelection, writeSelection } from '../../src/views/operations/selection.ts'
import { endOf, livesWithin } from '../../src/views/tokens/expiry.ts'

const NOW = Date.parse('2026-11-21T18:30:00Z')
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEexample ada@example.com'
const image = { id: 7, status: 'available', cloud_init: true, size_bytes: 2.5 * GIB } as Image
const wish: Wish = { ...firstWish, name: 'web-9', imageId: 7 }

test('numbers are whole, within their range, in whatever digits one types', () => {
  assert.deepEqual(
    [' 12 ', '१२', '١٢', '0', '1.5', '-1', '', '1e3', '99'].map(text => wholeNumber(text, 1, 64)),
    [12, 12, 12, undefined, undefined, undefined, undefined, undefined, undefined],
  )
})

test('a shell gets every word as it is', () => {
  assert.equal(command('restpoint', 'token', 'create', "it's $HOME", 3), `restpoint token create 'it'\\''s $HOME' 3`)
  assert.equal(command('a', '', '*', '80:8080', 'a@b.c', '/srv/x.img'), "a '' '*' 80:8080 a@b.c /srv/x.img")
})

test('an image has a plain path, and a name that may come from it', () => {
  assert.deepEqual(
    ['/srv/a.img', 'srv/a', '/srv//a', '/srv/../a', '/srv/./a', '/', '/a\n', `/${'é'.repeat(2048)}`].map(isPlainPath),
    [true, false, false, false, false, false, false, false],
  )
  assert.deepEqual(['/srv/debian-12.qcow2', '/x/my image.RAW', '/x/.hidden', '/x/日本.img', ''].map(nameOfFile), [
    'debian-12',
    'my-image',
    'hidden',
    '',
    '',
  ])
  assert.deepEqual(['ok-1.2_x', '', '-x', 'a b', 'x'.repeat(101)].map(faultOfName), [
    undefined,
    'empty',
    'start',
    'strange',
    'long',
  ])
})

test('a token ends when it shall, and not after the one that makes it', () => {
  assert.deepEqual(livesWithin(null, NOW), ['1', '7', '30', '90', '365', 'never', 'day'])
  assert.deepEqual(livesWithin('2026-11-29T18:30:00Z', NOW), ['1', '7', 'own', 'day'])
  assert.equal(endOf('never', '', null, NOW), undefined)
  assert.equal(endOf('7', '', null, NOW), '2026-11-28T18:30:00Z')
  assert.equal(endOf('own', '', '2026-11-29T18:30:00Z', NOW), '2026-11-29T18:30:00Z')
  assert.equal(endOf('day', '2020-01-01T00:00', null, NOW), null)
  assert.equal(endOf('day', '', null, NOW), null)
  assert.match(endOf('day', '2030-01-01T12:00', null, NOW) ?? '', /^20(29|30)-.*:00Z$/)
})

test('of a quota only what was changed is sent', () => {
  const before = typedOf({ servers: 3, snapshots_per_server: null, bytes: 1.26 * GIB })
  assert.deepEqual(before, { servers: '3', snapshots_per_server: '', bytes: '1.3' })
  assert.deepEqual(changesOf(before, before), {})
  assert.deepEqual(changesOf({ ...before, servers: '' }, before), { servers: null })
  assert.deepEqual(changesOf({ ...before, bytes: '5' }, before), { bytes: 5 * GIB })
  assert.equal(changesOf({ ...before, bytes: 'many' }, before), undefined)
  assert.equal(changesOf({ ...noQuota, servers: '1000001' }, noQuota), undefined)
})

test('a new server is asked for with what was said, and with nothing else', () => {
  assert.deepEqual([leastStorage(image), leastStorage(undefined), storageOf(wish, image)], [3, 1, '10'])
  assert.deepEqual(bodyOf(wish, image), {
    name: 'web-9',
    image_id: 7,
    plan: { vcpus: 1, memory: 1024, storage: 10 },
    forwards: [{ guest_port: 22 }],
  })
  const more: Partial<Wish> = {
    network: 'bridge',
    bridge: 'br0',
    sshKeys: `${KEY}\n\n  ${KEY}  \n`,
    userData: '#cloud-config\n',
    autostart: false,
    hostname: 'web.example.com',
    location: 'rack 3',
    firmware: 'uefi',
  }
  const { plan: _, ...body } = bodyOf({ ...wish, ...more }, image)
  assert.deepEqual(body, {
    name: 'web-9',
    hostname: 'web.example.com',
    location: 'rack 3',
    image_id: 7,
    firmware: 'uefi',
    network: 'bridge:br0',
    cloud_init: { ssh_keys: [KEY, KEY], user_data: '#cloud-config\n' },
    autostart: false,
  })
  // Without cloud-init in the image it would be refused.
  assert.equal(bodyOf({ ...wish, ...more }, { ...image, cloud_init: false }).cloud_init, undefined)
})

test('what is wrong with a new server is known before it is asked for', () => {
  const faults = (change: Partial<Wish>) => [...faultsOf({ ...wish, ...change }, image)]
  const port = (guest: string, host = '') => ({ key: 0, guest, host })
  assert.deepEqual(faults({}), [])
  assert.deepEqual(faults({ vcpus: '65', memory: '63', storage: '2' }), ['vcpus', 'memory', 'storage'])
  assert.deepEqual(faults({ network: 'bridge' }), ['bridge'])
  assert.deepEqual(faults({ ports: [port('0')] }), ['ports'])
  assert.deepEqual(faults({ ports: [port('80', '80')] }), ['ports'])
  assert.deepEqual(faults({ ports: [port('80', '8080'), port('81', '8080')] }), ['ports'])
  assert.deepEqual(faults({ ports: [port('80', '8080'), port('81')] }), [])
  assert.deepEqual(faults({ network: 'none', ports: [port('0')] }), [])
  assert.deepEqual(faults({ sshKeys: 'ssh-dss' }), ['sshKeys'])
  assert.deepEqual(faults({ sshKeys: `${KEY}\n`.repeat(33) }), ['sshKeys'])
  assert.deepEqual(faults({ userData: 'echo hello' }), ['userData'])
  assert.deepEqual(faults({ userData: `#!${'é'.repeat(8192)}` }), ['userData'])
  assert.deepEqual(faults({ hostname: 'web_1', location: '-' }), ['hostname', 'location'])
  assert.deepEqual([...faultsOf(wish, undefined)], ['image'])
})

test('what is chosen is in the address, and nothing else gets out of it', () => {
  const chosen = { status: 'failed', serverId: 3, page: 2, operationId: 12 } as const
  assert.equal(writeSelection(chosen), '?status=failed&server=3&page=2&operation=12')
  assert.deepEqual(readSelection(writeSelection(chosen)), chosen)
  const nothing = { status: undefined, serverId: undefined, page: 1, operationId: undefined }
  assert.equal(writeSelection(nothing), '')
  assert.deepEqual(readSelection('?status=odd&server=-1&page=0&operation=1e9'), nothing)
})
