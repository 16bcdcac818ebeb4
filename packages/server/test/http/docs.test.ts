/** The documentation over HTTP: where it is, what it says of itself, and what nobody can put into it. */
import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { openSite } from '@restpoint/docs/site'
import type { AppConfig } from '../../src/app.ts'
import { catalogue } from '../../src/errors.ts'
import { testOn } from '../support/databases.ts'
import { openWorld } from './harness.ts'

const openDocs = (document: object) => openSite({ document, errors: catalogue })

async function openDocumented(t: Pick<TestContext, 'after'>, config: Partial<AppConfig> = {}) {
  const { app } = await openWorld(t, { engine: false, openDocs, ...config })
  const get = (url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' | 'POST' | 'PUT' = 'GET') =>
    app.inject({ url, method, headers: { host: 'snapshots.example.org:8600', ...headers } })
  return { app, get }
}

testOn('sqlite', 'nobody needs a token, and the start of it is in the language of the reader', async t => {
  const { get } = await openDocumented(t)
  for (const [wish, where] of [
    ['en-GB,en;q=0.9', '/docs/en/'],
    ['xx, zz;q=0.5', '/docs/en/'],
    ['', '/docs/en/'],
  ] as const) {
    for (const url of ['/docs', '/docs/']) {
      const { statusCode, headers } = await get(url, { 'accept-language': wish })
      assert.deepEqual([statusCode, headers.location, headers['vary']], [302, where, 'accept-language'])
    }
  }
  const { statusCode, headers } = await get('/docs/en/')
  assert.deepEqual(
    [statusCode, headers['content-type'], headers['content-language']],
    [200, 'text/html; charset=utf-8', 'en'],
  )
})

testOn('sqlite', 'without the slash at the end it leads to the page', async t => {
  const { get } = await openDocumented(t)
  assert.equal((await get('/docs/en/quick-start')).headers.location, '/docs/en/quick-start/')
  assert.equal((await get('/docs/en/search?q=a%26b')).headers.location, '/docs/en/search/?q=a%26b')
})

testOn('sqlite', 'what is not there is a page that says so, in the language of the address', async t => {
  const { get } = await openDocumented(t)
  for (const url of ['/docs/en/nothing/', '/docs/xx/', '/docs/en/reference/nothing/', '/docs/assets/docs.0.css']) {
    const { statusCode, headers, body } = await get(url)
    assert.deepEqual([url, statusCode, headers['content-language']], [url, 404, 'en'])
    assert.match(body, /<h1 id="top">There is no such page<\/h1>/)
    assert.equal(headers['etag'], undefined)
  }
})

testOn('sqlite', 'another method is refused as everywhere', async t => {
  const { get } = await openDocumented(t)
  for (const url of ['/docs', '/docs/en/', '/docs/en/nothing/']) {
    const { statusCode, headers, body } = await get(url, {}, 'POST')
    assert.deepEqual([statusCode, headers['allow'], JSON.parse(body).code], [405, 'GET, HEAD', 'method_not_allowed'])
  }
})

testOn('sqlite', 'HEAD answers like GET, without the page', async t => {
  const { get } = await openDocumented(t)
  const [whole, head] = [await get('/docs/en/'), await get('/docs/en/', {}, 'HEAD')]
  assert.deepEqual([head.statusCode, head.body], [200, ''])
  for (const name of ['etag', 'content-type', 'content-length', 'content-security-policy']) {
    assert.equal(head.headers[name], whole.headers[name], name)
  }
})

testOn('sqlite', 'a page that is known already is not sent again, also behind a proxy that compresses', async t => {
  const { get } = await openDocumented(t)
  const { headers } = await get('/docs/en/errors/')
  const tag = String(headers['etag'])
  for (const known of [tag, `W/${tag}`, `"other", ${tag}`]) {
    const { statusCode, body } = await get('/docs/en/errors/', { 'if-none-match': known })
    assert.deepEqual([known, statusCode, body], [known, 304, ''])
  }
  assert.equal((await get('/docs/en/errors/', { 'if-none-match': '"other"' })).statusCode, 200)
  const elsewhere = await get('/docs/en/errors/', { host: 'elsewhere.example' })
  assert.notEqual(elsewhere.headers['etag'], tag)
})

testOn('sqlite', 'pages ask for nothing but files of the service, which never change under their names', async t => {
  const { get } = await openDocumented(t)
  const { headers, body } = await get('/docs/en/reference/servers/')
  const policy = String(headers['content-security-policy'])
  assert.match(policy, /default-src 'none'/)
  assert.doesNotMatch(policy, /unsafe|https?:|\*/)
  assert.doesNotMatch(body, /<style|style="|<script>|\son[a-z]+="/)
  const files = [...body.matchAll(/(?:src|href)="([^"]*\/assets\/[^"]+)"/g)].map(([, file = '']) => file)
  assert.equal(files.length, 4)
  const style = await get(files.find(file => file.endsWith('.css')) ?? '')
  files.push(...[...style.body.matchAll(/url\(([^)]+)\)/g)].map(([, file = '']) => file))
  assert.equal(files.length, 4 + 5)
  for (const file of files) {
    assert.match(file, /^\/docs\/assets\/[\w-]+\.[0-9a-f]{16}\.(css|js|woff2)$/)
    const answer = await get(file)
    assert.equal(answer.statusCode, 200, file)
    assert.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable')
    assert.equal(answer.headers['x-content-type-options'], 'nosniff')
  }
})

testOn('sqlite', 'samples name the address that the reader has asked', async t => {
  const { get } = await openDocumented(t)
  const { body } = await get('/docs/en/')
  assert.match(body, /curl -X POST http:\/\/snapshots\.example\.org:8600\/api\/v1\/snapshots\//)
  assert.match(body, /<link rel="canonical" href="http:\/\/snapshots\.example\.org:8600\/docs\/en\/">/)
  assert.doesNotMatch(body, /restpoint\.example/)
  const { body: six } = await get('/docs/en/', { host: '[2001:db8::1]:8600' })
  assert.match(six, /http:\/\/\[2001:db8::1\]:8600\/api/)
})

testOn('sqlite', 'only a proxy that is trusted says what the address is', async t => {
  const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'cloud.example' }
  const { get } = await openDocumented(t)
  assert.doesNotMatch((await get('/docs/en/', forwarded)).body, /cloud\.example/)
  const behind = await openDocumented(t, { trustedProxies: ['127.0.0.1'] })
  assert.match((await behind.get('/docs/en/', forwarded)).body, /https:\/\/cloud\.example\/api/)
})

testOn('sqlite', 'a host that is none is written nowhere', async t => {
  const { app } = await openDocumented(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const hosts = ['"><script>alert(1)</script>', "x';rm -rf ~;'", '$(id)', 'a b', '`id`', 'a\\u0027', 'é.example']
  for (const host of hosts) {
    const page = await new Promise<string>((resolve, reject) => {
      const asked = httpRequest({ host: '127.0.0.1', port, path: '/docs/en/', headers: { host } }, async answer => {
        let text = ''
        for await (const piece of answer) text += piece
        resolve(text)
      })
      asked.on('error', reject).end()
    })
    if (page.startsWith('{')) continue
    assert.ok(!page.includes(host), host)
    assert.match(page, new RegExp(`http://localhost:${port}/api`), host)
  }
})

testOn('sqlite', 'what is searched for is shown, and is nothing but text', async t => {
  const { get } = await openDocumented(t)
  const { statusCode, body } = await get(`/docs/en/search/?q=${encodeURIComponent('"><img src=x onerror=alert(1)>')}`)
  assert.equal(statusCode, 200)
  assert.doesNotMatch(body, /<img/)
  assert.match(body, /value="&quot;&gt;&lt;img/)
  for (const query of ['', '?q=', '?q=a&q=b', `?q=${'x'.repeat(5000)}`, '?q=%00', '?q=%F0%9F%A7%8A']) {
    assert.equal((await get(`/docs/en/search/${query}`)).statusCode, 200, query)
  }
})

testOn('sqlite', 'who has no token is counted by address', async t => {
  const { get } = await openDocumented(t, { rateLimit: 3, trustedProxies: ['127.0.0.1'] })
  const from = (address: string) => get('/docs/en/', { 'x-forwarded-for': address })
  for (let count = 0; count < 3; count++) assert.equal((await from('192.0.2.1')).statusCode, 200)
  const { statusCode, headers, body } = await from('192.0.2.1')
  assert.deepEqual([statusCode, JSON.parse(body).code], [429, 'rate_limited'])
  assert.ok(Number(headers['retry-after']) > 0)
  assert.equal((await from('192.0.2.2')).statusCode, 200)
})

testOn('sqlite', 'no page is in the OpenAPI document', async t => {
  const { app } = await openDocumented(t)
  const { paths } = app.swagger() as { paths: object }
  assert.deepEqual(
    Object.keys(paths).filter(path => path.startsWith('/docs')),
    [],
  )
})
