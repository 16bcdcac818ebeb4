/** The console over HTTP: at which addresses it is, and that it changes nothing of the others. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { testOn } from '../support/databases.ts'
import { openWorld } from './harness.ts'

const answer = { status: 200, headers: { 'content-type': 'text/html', 'x-of': 'the console' }, body: '<p>page</p>' }

async function openWithConsole(t: Pick<TestContext, 'after'>) {
  const asked: { path: string; acceptEncoding: string | undefined }[] = []
  const console = {
    respond(one: (typeof asked)[number]) {
      asked.push(one)
      return answer
    },
  }
  const { app } = await openWorld(t, { engine: false, console })
  const get = (url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' | 'POST' = 'GET') =>
    app.inject({ url, method, headers })
  return { get, asked }
}

testOn('sqlite', 'every address below /console/ is its own matter, and needs no token', async t => {
  const { get, asked } = await openWithConsole(t)
  for (const url of ['/console/', '/console/servers/12/terminal', '/console/assets/x.js', '/console/%2e%2e%2fx']) {
    const { statusCode, headers, body } = await get(`${url}?q=1`, { 'accept-encoding': 'br' })
    assert.deepEqual([statusCode, headers['x-of'], body], [200, 'the console', answer.body])
    assert.equal(headers['x-content-type-options'], 'nosniff')
  }
  assert.deepEqual(asked[1], { path: '/console/servers/12/terminal', acceptEncoding: 'br' })
})

testOn('sqlite', 'HEAD answers like GET, another method is refused as everywhere', async t => {
  const { get } = await openWithConsole(t)
  const head = await get('/console/', {}, 'HEAD')
  assert.deepEqual([head.statusCode, head.headers['x-of'], head.body], [200, 'the console', ''])
  const post = await get('/console/', {}, 'POST')
  assert.deepEqual(
    [post.statusCode, post.headers['allow'], JSON.parse(post.body).code],
    [405, 'GET, HEAD', 'method_not_allowed'],
  )
})

testOn('sqlite', 'people who type the address of the service come to it, programs are told as ever', async t => {
  const { get } = await openWithConsole(t)
  assert.equal((await get('/console')).headers.location, '/console/')
  const person = await get('/', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' })
  assert.deepEqual([person.statusCode, person.headers.location, person.headers['vary']], [302, '/console/', 'accept'])
  for (const accept of ['*/*', 'application/json', '']) {
    const { statusCode, body } = await get('/', { accept })
    assert.deepEqual([accept, statusCode, JSON.parse(body).code], [accept, 404, 'not_found'])
  }
})

testOn('sqlite', 'without a console there is nothing at its addresses', async t => {
  const { app } = await openWorld(t, { engine: false })
  for (const url of ['/', '/console', '/console/']) {
    const { statusCode, body } = await app.inject({ url, headers: { accept: 'text/html' } })
    assert.deepEqual([url, statusCode, JSON.parse(body).code], [url, 404, 'not_found'])
  }
})
