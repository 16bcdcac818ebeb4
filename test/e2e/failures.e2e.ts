/** What goes wrong, and how the console tells of it and goes on: one service, and each time somebody else in front of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Browser, Locator } from 'playwright-core'
import { Api, type Snapshot } from '../system/support/api.ts'
import { until } from '../system/support/until.ts'
import { openBrowser } from './support/browser.ts'
import { Service } from './support/service.ts'
import { DEMO, type Tab, Visit } from './support/visit.ts'
import { Wire } from './support/wire.ts'
import { errorWords } from './support/words.ts'

const LIMIT = 2
/** Whatever is tried again by itself is, within so many ms: a browser without events asks every 10 s. */
const BY_ITSELF = { timeout: 45_000 }

test('failures', async t => {
  const browser = await openBrowser(t)
  const service = await Service.start({ RESTPOINT_SNAPSHOT_LIMIT: String(LIMIT) })
  t.after(() => service.end())
  const api = new Api(service)
  const at = (language: string, tab: Tab, url = service.url) =>
    arrive(browser, { url, language, token: service.token, tab })
  const snapshots = async () => (await api.get<{ results: Snapshot[] }>('/snapshots/')).results

  await t.test(
    'the limit of snapshots is told before one tries, also when somebody else takes the last place',
    async () => {
      const visit = await at('es', 'snapshots')
      await api.snapshot(DEMO.id, 'first')
      await visit.snapshotRow('first').waitFor()
      await visit.button('action_snapshot').first().click()
      const confirm = visit.button('snapshot_confirm', visit.dialog)
      await expectEnabled(confirm)
      await visit.dialog.getByRole('textbox', { name: visit.words('snapshot_name') }).fill('third')
      await api.snapshot(DEMO.id, 'second')
      await expectDisabled(confirm)
      const { title } = errorWords('es', 'snapshot_limit_reached')
      await visit.dialog.getByText(title).first().waitFor()
      await visit.see('limit')
      await confirm.click({ force: true })
      assert.deepEqual((await snapshots()).map(({ name }) => name).toSorted(), ['first', 'second'])
      await visit.end()
    },
  )

  await t.test('the limit is told also where it was not foreseen', async () => {
    for (const { id } of await snapshots()) await api.remove(id)
    await api.snapshot(DEMO.id, 'first')
    const visit = await at('tr', 'overview')
    await visit.button('action_snapshot').first().click()
    const confirm = visit.button('snapshot_confirm', visit.dialog)
    await expectEnabled(confirm)
    // From now on nothing is answered but the one request.
    await visit.page.route(`${service.url}/api/**`, route => {
      const request = route.request()
      if (request.method() === 'POST' && !request.url().includes('dry_run')) return route.continue()
      return undefined
    })
    await api.snapshot(DEMO.id, 'second')
    await confirm.click()
    await visit.page.getByText(errorWords('tr', 'snapshot_limit_reached').title).first().waitFor()
    assert.equal((await snapshots()).length, LIMIT)
    await visit.page.unrouteAll({ behavior: 'ignoreErrors' })
    await visit.end()
  })

  await t.test('while the service is down all can be read and nothing done; it comes back by itself', async () => {
    const visit = await at('en', 'snapshots')
    await visit.snapshotRow('first').waitFor()
    await visit.openTab('terminal')
    await visit.shell()
    // Views are loaded when nothing else is to do.
    const isThere = `performance.getEntriesByType('resource').some(({ name }) => name.includes('/assets/accounts-'))`
    await until('they are there', () => visit.page.evaluate<boolean>(isThere))
    await service.kill()
    try {
      await visit.page.getByText(visit.words('offline_bar')).waitFor(BY_ITSELF)
      await visit.terminal.getByText(visit.words('terminal_lost')).waitFor()
      await visit.see('offline-terminal')
      await visit.openTab('snapshots')
      await expectDisabled(visit.button('action_snapshot').first())
      for (const action of ['action_restore', 'action_clone', 'action_delete']) {
        const choice = await visit.choiceOf('first', action)
        await choice.getByText(visit.words('offline_reason')).waitFor()
        await visit.page.keyboard.press('Escape')
      }
      await visit.button('action_snapshot').first().focus()
      await visit.page.getByRole('tooltip').getByText(visit.words('offline_reason')).waitFor()
      await visit.see('offline')
      // Also what was not opened before: a service that is down could not send it.
      await visit.page.getByRole('link', { name: visit.words('history_title'), exact: true }).click()
      await visit.page.getByRole('heading', { name: visit.words('history_title'), level: 1 }).waitFor()
      await visit.page.goBack()
    } finally {
      await service.again()
    }
    await visit.page.getByText(visit.words('offline_bar')).waitFor({ state: 'hidden', ...BY_ITSELF })
    await expectEnabled(visit.button('action_snapshot').first())
    await visit.openTab('terminal')
    await visit.shell()
    await visit.end()
  })

  await t.test('a terminal outlives the service: the same page goes on typing into the same shell', async () => {
    const visit = await at('ne', 'terminal')
    await visit.shell()
    await visit.type('kept=$((40+2))')
    await service.kill()
    await visit.terminal.getByText(visit.words('terminal_lost')).waitFor(BY_ITSELF)
    await service.again()
    await visit.terminal.getByText(visit.words('terminal_connected')).waitFor(BY_ITSELF)
    await visit.answers('echo $kept', '42')
    await visit.end()
  })

  await t.test('a token that is revoked mid-way: why, and with another one back to the same place', async () => {
    for (const tab of ['snapshots', 'terminal'] as const) {
      const permissions = ['servers:read', 'servers:write', 'snapshots:read', 'snapshots:write']
      const made = await api.call<{ id: number; token: string }>('POST', '/tokens/', {
        name: `mid-way-${tab}`,
        permissions,
      })
      const visit = await arrive(browser, { url: service.url, language: 'ar', token: made.body.token, tab })
      if (tab === 'terminal') await visit.shell()
      assert.equal((await api.call('DELETE', `/tokens/${made.body.id}/`)).status, 204)
      await visit.page.getByText(visit.words('signin_expired')).waitFor(BY_ITSELF)
      await visit.see(`revoked-${tab}`)
      await visit.signIn(service.token)
      await visit.page.getByRole('heading', { name: DEMO.name }).waitFor()
      assert.equal(visit.page.url(), `${service.url}/console/servers/${DEMO.id}/${tab}`)
      await visit.end()
    }
  })

  await t.test('events that are cut are resumed where they were, and nothing is missed', async () => {
    for (const { id } of await snapshots()) await api.remove(id)
    const wire = await Wire.to(service.url)
    try {
      const visit = await at('ig', 'snapshots', wire.url)
      const resumed: (string | undefined)[] = []
      visit.page.on('request', async request => {
        if (request.url().endsWith('/api/v1/events/')) resumed.push((await request.allHeaders())['last-event-id'])
      })
      // Before the cut, so that there is an event to go on from.
      await api.snapshot(DEMO.id, 'before-the-cut')
      await visit.snapshotRow('before-the-cut').waitFor()
      wire.cut()
      await api.snapshot(DEMO.id, 'while-cut')
      await api.remove((await snapshots()).find(({ name }) => name === 'before-the-cut')?.id ?? 0)
      wire.mend()
      await visit.snapshotRow('while-cut').waitFor(BY_ITSELF)
      await visit.snapshotRow('before-the-cut').waitFor({ state: 'hidden' })
      assert.match(resumed.at(-1) ?? '', /^\d+$/)
      // And what happens from now on comes, too.
      await api.snapshot(DEMO.id, 'after-the-cut')
      await visit.snapshotRow('after-the-cut').waitFor()
      await visit.end()
    } finally {
      await wire.end()
    }
  })
})

async function arrive(
  browser: Browser,
  { token, tab, ...options }: { url: string; language: string; token: string; tab: Tab },
) {
  const visit = await Visit.begin(browser, options)
  await visit.goTo(`/servers/${DEMO.id}/${tab}`)
  await visit.signIn(token)
  await visit.page.getByRole('heading', { name: DEMO.name }).waitFor()
  return visit
}

/** Buttons that cannot be used stay reachable, so that everybody gets to know why. */
async function expectDisabled(button: Locator): Promise<void> {
  await button.and(button.page().locator('[aria-disabled="true"]')).waitFor()
}

async function expectEnabled(button: Locator): Promise<void> {
  await button.and(button.page().locator(':not([aria-disabled="true"])')).waitFor()
}
