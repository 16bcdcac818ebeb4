/** How fast it is, on the machine that this runs on: measured and told, and only what does not depend on the machine is held to a limit. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Api } from '../system/support/api.ts'
import { openBrowser } from './support/browser.ts'
import { Service } from './support/service.ts'
import { DEMO, Visit } from './support/visit.ts'

const LAYERS = 50
const EVENTS = 20
const FIRST_LOAD_BYTES = 250 * 1024

test('speed', async t => {
  const browser = await openBrowser(t)
  const service = await Service.start({ RESTPOINT_SNAPSHOT_LIMIT: String(LAYERS) })
  t.after(() => service.end())
  const api = new Api(service)
  const visit = await Visit.begin(browser, { url: service.url, language: 'en' })

  await t.test('the first load is small', async tt => {
    const sizes = new Map<string, number>()
    visit.page.on('response', async reply => {
      if (/\.js$/.test(reply.url())) sizes.set(reply.url(), Number(reply.headers()['content-length']))
    })
    // Browsers take Brotli over HTTPS alone, unless they speak to their own machine.
    await visit.page.route('**/*.js', route =>
      route.continue({ headers: { ...route.request().headers(), 'accept-encoding': 'gzip' } }),
    )
    await visit.goTo('/')
    await visit.signIn(service.token)
    await visit.page.getByRole('link', { name: DEMO.name }).waitFor()
    await visit.page.unrouteAll({ behavior: 'wait' })
    const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0)
    tt.diagnostic(`first load, up to the list of servers: ${bytes} bytes of script with gzip, in ${sizes.size} files`)
    assert.ok(bytes > 0 && bytes <= FIRST_LOAD_BYTES, String(bytes))
  })

  await t.test('an event is soon on the screen', async tt => {
    await visit.page.getByRole('link', { name: DEMO.name }).click()
    await visit.openTab('snapshots')
    const times: number[] = []
    for (let number = 0; number < EVENTS; number++) {
      const name = `renamed-${number}`
      const seen = visit.page.evaluate<number>(`reading.seen('${name}')`)
      await api.call('PATCH', `/servers/${DEMO.id}/`, { name })
      // The reply is written when the change is committed: it may not be before it.
      const committed = Date.now()
      times.push(Math.round((await seen) - committed))
    }
    const sorted = times.toSorted((a, b) => a - b)
    const median = ((sorted[EVENTS / 2 - 1] ?? 0) + (sorted[EVENTS / 2] ?? 0)) / 2
    tt.diagnostic(
      `from the commit's reply to the screen: median ${median} ms of ${EVENTS}, ${sorted[0]} to ${sorted.at(-1)} ms`,
    )
    await api.call('PATCH', `/servers/${DEMO.id}/`, { name: DEMO.name })
  })

  await t.test(`a page with ${LAYERS} layers`, async tt => {
    for (let number = 1; number < LAYERS; number++)
      await api.snapshot(DEMO.id, `nightly-${number}`, '?consistency=crash')
    const layers = await api.layers(DEMO.id)
    assert.ok(layers.length >= LAYERS, `${layers.length} layers`)
    const times: number[] = []
    for (let round = 0; round < 5; round++) {
      await visit.page.goto(`${service.url}/console/servers/${DEMO.id}/overview`, { waitUntil: 'commit' })
      times.push(await visit.page.evaluate<number>(`reading.drawn(${layers.length})`))
      // And it answers the keyboard.
      const items = visit.page.getByRole('treeitem')
      await items.last().focus()
      await visit.page.keyboard.press('Home')
      await items.first().and(visit.page.locator(':focus')).waitFor()
    }
    tt.diagnostic(`${layers.length} layers, from the address to a page at rest: ${times.join(', ')} ms`)
    await visit.see('fifty-layers')
  })
})
