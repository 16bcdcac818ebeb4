/**
 * API7:2023, server side request forgery. The service makes no request at a client's word: there is no URL in the API, no
 * webhook, and no download. What comes nearest is the import of an image, which names a file of the host: only an
 * administrator may, the path is one of a plain file, and what is in the file may name no other one and no network.
 */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { forge } from '../../packages/server/test/drivers/qemu/images/forge.ts'
import { never, openImageRig } from '../../packages/server/test/drivers/qemu/images/rig.ts'
import { openWorld } from '../../packages/server/test/http/harness.ts'
import { testOn } from '../../packages/server/test/support/databases.ts'
import { needs } from '../support/needs.ts'

/** Somebody on the host's own network, who counts those that come. */
async function listen(t: TestContext): Promise<{ port: number; visitors: () => number }> {
  let visitors = 0
  const server = createServer(socket => {
    visitors++
    socket.destroy()
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  t.after(() => server.close())
  return { port: (server.address() as AddressInfo).port, visitors: () => visitors }
}

const addresses = (port: number) => [
  `http://127.0.0.1:${port}/disk.qcow2`,
  `nbd:127.0.0.1:${port}`,
  `nbd://127.0.0.1:${port}/disk`,
  `ssh://127.0.0.1:${port}/disk`,
  `json:{"driver":"https","url":"https://127.0.0.1:${port}/disk"}`,
  `json:{"driver":"nbd","server":{"type":"inet","host":"127.0.0.1","port":"${port}"}}`,
]

testOn('sqlite', 'an image is not fetched from anywhere', async t => {
  const world = await openWorld(t)
  const { port, visitors } = await listen(t)
  for (const address of addresses(port)) {
    const { status, body } = await world.post('images/', { name: 'a', path: address, format: 'qcow2' })
    assert.deepEqual([address, status, body.code], [address, 400, 'invalid_request'])
  }
  assert.equal(visitors(), 0)
})

test('nor is what an image says that it stands on', { skip: needs('qemu-img') }, async t => {
  const rig = await openImageRig(t)
  const { port, visitors } = await listen(t)
  for (const [n, address] of addresses(port).entries()) {
    const file = path.join(rig.folder, `${n}.qcow2`)
    const named = { backing_file_offset: 512, backing_file_size: address.length }
    await writeFile(file, forge({ fields: named, texts: { 512: address } }))
    const source = { path: file, format: 'qcow2' } as const
    await assert.rejects(
      rig.driver.importImage(rig.newImage(), source, () => {}, never),
      { code: 'image_rejected' },
    )
  }
  assert.deepEqual([visitors(), rig.programs], [0, []])
})

testOn('sqlite', 'headers that name another host move nobody', async t => {
  const world = await openWorld(t, { engine: false })
  const { port, visitors } = await listen(t)
  const there = `127.0.0.1:${port}`
  const headers = {
    host: there,
    'x-forwarded-host': there,
    forwarded: `host=${there}`,
    referer: `http://${there}/`,
    origin: `http://${there}`,
  }
  for (const name of ['snapshots/?limit=1', 'servers/', 'account/me/']) {
    const { text, headers: answered } = await world.call(name, { headers })
    assert.ok(!text.includes(there) && !JSON.stringify(answered).includes(there), text)
  }
  assert.equal(visitors(), 0)
})

test('no part of the service can speak to a network but its own database', () => {
  const sources = path.resolve(import.meta.dirname, '../../packages')
  // Not what people speak to the service with, nor what writes their samples.
  const others = (file: string) => /^(cli|console|sdk)\//.test(file) || file === 'docs/src/samples.ts'
  const files = globSync(['*/src/**/*.ts'], { cwd: sources }).filter(file => !others(file))
  assert.ok(files.length > 150)
  const speaks = /\bfetch\(|from 'node:(https?|http2|dns|tls|dgram)'|from 'undici'/
  const found = files.filter(file => {
    const text = readFileSync(path.join(sources, file), 'utf8')
    // Types, the names of statuses and what answers open nothing.
    return speaks.test(
      text.replaceAll(/import type .+|import \{ (STATUS_CODES|type IncomingMessage, ServerResponse) \} .+/g, ''),
    )
  })
  assert.deepEqual(found, [])
  // What connects to sockets: QEMU's, by their paths.
  const connects = files.filter(file => {
    return /import \{[^}]*\bconnect\b[^}]*\} from 'node:net'/.test(readFileSync(path.join(sources, file), 'utf8'))
  })
  assert.deepEqual(connects.sort(), ['qmp/src/socket.ts', 'server/src/drivers/qemu/own-socket.ts'])
})
