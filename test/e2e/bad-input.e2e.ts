/** Texts that are meant to do something: they show as text, keep their direction to themselves, and break no layout. */
import assert from 'node:assert/strict'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { Api, type Snapshot } from '../system/support/api.ts'
import { openBrowser, overflowing, PHONE, violations } from './support/browser.ts'
import { Service } from './support/service.ts'
import { DEMO, Visit } from './support/visit.ts'

const OVERRIDE = '\u202e'
const texts = {
  markup: '<img src=x onerror="globalThis.wasRun = true"><script>globalThis.wasRun = true</script><b>bold</b>',
  attribute: `"><svg onload='globalThis.wasRun = true'> javascript:globalThis.wasRun=true {{7*7}} \${7*7}`,
  override: `before ${OVERRIDE}drawkcab`,
  emoji: '👩🏽‍🚀🏴󠁧󠁢󠁳󠁣󠁴󠁿 e\u0301\u0301\u0301\u0301 ﷽ 名前',
  long: 'W'.repeat(1000),
  mixed: 'web-server-01 خادم الويب क्षत्रिय ụlọ ọrụ',
} as const

/** As long as a name may be. */
const short = (text: string) => text.slice(0, 100)

test('bad input', async t => {
  const browser = await openBrowser(t)
  const service = await Service.start({ RESTPOINT_SNAPSHOT_LIMIT: '10' })
  t.after(() => service.end())
  const api = new Api(service)
  const snapshots = async () =>
    (await api.get<{ results: (Snapshot & { description: string })[] }>('/snapshots/')).results

  await t.test('what is typed into the console is kept as it is', async () => {
    const visit = await Visit.begin(browser, { url: service.url, language: 'en' })
    await visit.goTo(`/servers/${DEMO.id}/snapshots`)
    await visit.signIn(service.token)
    for (const [name, text] of Object.entries(texts)) {
      await visit.button('action_snapshot').first().click()
      const field = visit.dialog.getByRole('textbox', { name: visit.words('snapshot_name') })
      await field.fill(texts.markup)
      await visit.button('snapshot_confirm', visit.dialog).click({ force: true })
      await visit.dialog.getByRole('textbox', { name: visit.words('snapshot_description') }).fill(text)
      await visit.takeSnapshot(name)
      await visit.snapshotRow(name).waitFor()
    }
    const kept = Object.fromEntries((await snapshots()).map(({ name, description }) => [name, description]))
    assert.deepEqual(kept, texts)
    await visit.end()
  })

  await t.test('other names that people choose freely', async () => {
    for (const [name, text] of Object.entries(texts)) {
      const token = { name: short(text), permissions: ['servers:read'] }
      assert.equal((await api.call('POST', '/tokens/', token)).status, 201)
      const account = { email: `${name}@example.com`, company_name: short(text) }
      assert.equal((await api.call('POST', '/accounts/', account)).status, 201)
    }
  })

  const odd = [texts.markup, texts.attribute, texts.override, texts.emoji, texts.mixed]
  const places: Readonly<Record<string, readonly string[]>> = {
    '/': [DEMO.name],
    [`/servers/${DEMO.id}/overview`]: ['markup'],
    [`/servers/${DEMO.id}/snapshots`]: odd,
    '/snapshots': odd,
    '/tokens': odd.map(short),
    '/accounts': odd.map(short),
    '/operations': [DEMO.name],
  }
  for (const language of ['en', 'ar'] as const) {
    await t.test(`${language}: they show as text wherever they are shown`, async () => {
      const visit = await Visit.begin(browser, { url: service.url, language, viewport: PHONE })
      await visit.goTo('/')
      await visit.signIn(service.token)
      for (const [place, shown] of Object.entries(places)) {
        await visit.goTo(place)
        for (const text of shown)
          await visit.page.getByText(text, { exact: true }).filter({ visible: true }).first().waitFor()
        await visit.see(`bad-input${place.replaceAll('/', '-')}`)
        assert.equal(await visit.page.evaluate('globalThis.wasRun'), undefined)
        assert.deepEqual(await visit.page.evaluate(`reading.loose('${OVERRIDE}')`), [], place)
        assert.deepEqual(await overflowing(visit.page), [], place)
        assert.deepEqual(await violations(visit.page), [], place)
      }
      await visit.end()
    })
  }

  await t.test("a terminal of another account's server is a 404, as one that is not there", async () => {
    const other = await api.call<{ token: { token: string } }>('POST', '/accounts/', {
      email: 'other@example.com',
    })
    assert.equal(other.status, 201)
    const { token } = other.body.token
    const others = new Api({ url: service.url, token })
    const [theirs, nobodys] = [
      await others.call('POST', `/servers/${DEMO.id}/terminal/`),
      await others.call('POST', '/servers/999999/terminal/'),
    ]
    assert.deepEqual([theirs.status, nobodys.status], [404, 404])
    const visit = await Visit.begin(browser, { url: service.url, language: 'en' })
    await visit.goTo(`/servers/${DEMO.id}/terminal`)
    await visit.signIn(token)
    await visit.page.getByRole('heading', { name: visit.words('notfound_title') }).waitFor()
    await visit.end()
  })

  await t.test('a foreign origin opens no terminal, even with a ticket that is good', async () => {
    const { body } = await api.call<{ path: string }>('POST', `/servers/${DEMO.id}/terminal/`)
    assert.equal(await handshake(service.url + body.path, 'http://evil.example'), 403)
    const again = await api.call<{ path: string }>('POST', `/servers/${DEMO.id}/terminal/`)
    assert.equal(await handshake(service.url + again.body.path, service.url), 101)
  })

  await t.test('a page of somebody else, and a cookie without a token, do nothing', async () => {
    const before = await snapshots()
    const evil = createServer((_, reply) => reply.setHeader('content-type', 'text/html').end('<!doctype html><p>Nice'))
    await new Promise<void>(done => evil.listen(0, '127.0.0.1', done))
    const origin = `http://127.0.0.1:${(evil.address() as AddressInfo).port}`
    const context = await browser.newContext()
    try {
      await context.addCookies([{ name: 'restpoint.token', value: service.token, url: service.url }])
      const page = await context.newPage()
      await page.goto(origin)
      const body = JSON.stringify({ server_id: DEMO.id, name: 'from-elsewhere' })
      // As a form would: no preflight, and with cookies.
      const blind = `fetch('${service.url}/api/v1/snapshots/', { method: 'POST', mode: 'no-cors', credentials: 'include', headers: { 'content-type': 'text/plain' }, body: '${body}' }).then(reply => reply.type)`
      assert.equal(await page.evaluate(blind), 'opaque')
      const open = `fetch('${service.url}/api/v1/snapshots/', { credentials: 'include' }).then(() => 'read', error => error.name)`
      assert.equal(await page.evaluate(open), 'TypeError')
      const socket = `new Promise(done => { const socket = new WebSocket('${service.url.replace('http', 'ws')}/api/v1/servers/${DEMO.id}/terminal/'); socket.onopen = () => done('open'); socket.onerror = () => done('refused') })`
      assert.equal(await page.evaluate(socket), 'refused')
    } finally {
      await context.close()
      await new Promise(done => evil.close(done))
    }
    const reply = await fetch(`${service.url}/api/v1/snapshots/`, {
      headers: { cookie: `restpoint.token=${service.token}` },
    })
    assert.equal(reply.status, 401)
    assert.deepEqual(await snapshots(), before)
  })
})

/** The status that a WebSocket's handshake is answered with. */
function handshake(url: string, origin: string): Promise<number | undefined> {
  return new Promise((done, failed) => {
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      origin,
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    }
    const asked = request(url, { headers })
    asked.once('response', reply => {
      reply.resume()
      done(reply.statusCode)
    })
    asked.once('upgrade', (reply, socket) => {
      socket.destroy()
      done(reply.statusCode)
    })
    asked.once('error', failed)
    asked.end()
  })
}
