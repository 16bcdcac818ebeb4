/** Sockets in QEMU's folder, by what somebody who has broken out of it may have made of them. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chown, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { openSocket } from '../../../src/drivers/qemu/own-socket.ts'

const own = process.geteuid?.() ?? 0
const NOBODY = 65_534

async function openFolder(t: TestContext) {
  const folder = await mkdtemp(path.join(tmpdir(), 'restpoint-sockets-'))
  t.after(() => rm(folder, { recursive: true }))
  const connected: Socket[] = []
  return {
    connected,
    at: (name: string) => path.join(folder, name),
    async listen(name: string) {
      const server = createServer(socket => {
        connected.push(socket)
        socket.on('error', () => {}).pipe(socket)
      })
      server.listen(path.join(folder, name))
      await once(server, 'listening')
      t.after(() => {
        for (const socket of connected) socket.destroy()
        server.close()
      })
      return path.join(folder, name)
    },
  }
}

test('a socket of its own is connected to', async t => {
  const { listen } = await openFolder(t)
  const socket = await openSocket(await listen('serial.sock'), own)
  socket.write('hello')
  assert.equal(String((await once(socket, 'data'))[0]), 'hello')
  socket.destroy()
})

test('the way to it may be longer than a socket’s name can be', async t => {
  const { listen, at } = await openFolder(t)
  const short = await listen('s')
  const long = at('x'.repeat(200))
  await rename(short, long)
  ;(await openSocket(long, own)).destroy()
})

test('neither a link, nor a file, nor nothing is', async t => {
  const { listen, at, connected } = await openFolder(t)
  const elsewhere = await listen('elsewhere.sock')
  await symlink(elsewhere, at('link'))
  await writeFile(at('file'), '')
  for (const name of ['link', 'file']) await assert.rejects(openSocket(at(name), own), /is not a socket of the user/)
  await assert.rejects(openSocket(at('nothing'), own), { code: 'ENOENT' })
  assert.deepEqual(connected, [])
})

test('nor somebody else’s socket', { skip: own !== 0 && 'only root can give files away' }, async t => {
  const { listen, connected } = await openFolder(t)
  const place = await listen('serial.sock')
  await assert.rejects(openSocket(place, NOBODY), /is not a socket of the user 65534/)
  await chown(place, NOBODY, NOBODY)
  await assert.rejects(openSocket(place, own), /is not a socket of the user/)
  assert.deepEqual(connected, [])
  ;(await openSocket(place, NOBODY)).destroy()
})

test('one that nobody listens on any more is refused', async t => {
  const { at } = await openFolder(t)
  const server = createServer().listen(at('s'))
  await once(server, 'listening')
  await rename(at('s'), at('stale'))
  server.close()
  await once(server, 'close')
  await assert.rejects(openSocket(at('stale'), own), { code: 'ECONNREFUSED' })
})
