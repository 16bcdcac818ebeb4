/** The console in a browser, against the service: signing in and out, the list of servers, languages, what weighs how much. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { needs } from '../../../test/support/needs.ts'
import {
  DESK,
  languagesToLookAt,
  openBrowser,
  openConsoleWorld,
  openPage,
  overflowing,
  PHONE,
  violations,
} from './support.ts'

const FIRST_LOAD = 250 * 1024
const dist = path.resolve(import.meta.dirname, '../dist')

test('what is loaded first is small', () => {
  const page = readFileSync(path.join(dist, 'index.html'), 'utf8')
  const scripts = [...page.matchAll(/(?:src|href)="\/console\/(assets\/[^"]+\.js)"/g)].map(([, file = '']) => file)
  // And the list of servers, which comes at once.
  const list = readdirSync(path.join(dist, 'assets')).filter(name => /^list-.*\.js$/.test(name))
  assert.ok(scripts.length > 0 && list.length === 1)
  const sizes = [...scripts, ...list.map(name => `assets/${name}`)].map(
    file => statSync(path.join(dist, `${file}.gz`)).size,
  )
  const sum = sizes.reduce((all, size) => all + size, 0)
  assert.ok(sum <= FIRST_LOAD, `${sum} bytes`)
})

test('the console', { skip: needs('chromium') }, async t => {
  const world = await openConsoleWorld(t)
  await world.addServer(world.accountId, 'db-server-01', 'stopped')
  await world.completed('before-upgrade')
  const browser = await openBrowser(t)
  const home = `${world.url}/console/`

  await t.test('who is not signed in is asked for a token, and comes to where they wanted', async () => {
    const { page, complaints } = await openPage(browser)
    await page.goto(`${home}servers/${world.serverId}/overview`)
    await page.getByRole('heading', { name: 'Sign in to Restpoint' }).waitFor()
    const field = page.getByRole('textbox', { name: 'Token' })
    const button = page.getByRole('button', { name: 'Sign in', exact: true })
    await field.fill('nonsense')
    await button.click()
    await page.getByText('That is no token', { exact: false }).waitFor()
    await field.fill(`rp_${'x'.repeat(43)}`)
    await button.click()
    await page.getByText('The service does not know this token', { exact: false }).waitFor()
    assert.deepEqual(await violations(page), [])
    await field.fill(` ${world.token}\n`)
    await field.press('Enter')
    await page.getByRole('heading', { name: 'web-server-01' }).waitFor()
    assert.equal(page.url(), `${home}servers/${world.serverId}/overview`)
    assert.equal(await page.title(), 'web-server-01 · Restpoint')
    assert.doesNotMatch(await page.content(), new RegExp(world.token))
    await page.getByRole('button', { name: 'Account' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByText('You are signed out.').waitFor()
    assert.equal(await page.evaluate("sessionStorage.getItem('restpoint.token')"), null)
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  await t.test('servers are listed, searched and filtered, and the address keeps what was chosen', async () => {
    const { page, complaints } = await openPage(browser, { token: world.token })
    await page.goto(home)
    const rows = page.getByRole('table', { name: 'Servers' }).getByRole('row')
    await rows.nth(2).waitFor()
    assert.equal(await rows.count(), 3)
    await page
      .getByRole('row', { name: /web-server-01/ })
      .getByText(/^now$|seconds? ago/)
      .waitFor()
    assert.match((await page.getByRole('row', { name: /db-server-01/ }).textContent()) ?? '', /stopped.*none yet/)
    await page.getByRole('searchbox', { name: 'Search servers' }).fill('db')
    await page.getByText('one server', { exact: true }).waitFor()
    await page.getByRole('combobox', { name: 'State' }).selectOption('running')
    await page.getByText('No server fits').waitFor()
    assert.equal(page.url(), `${home}?q=db&status=active`)
    await page.reload()
    await page.getByRole('button', { name: 'Show all' }).click()
    await rows.nth(2).waitFor()
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  await t.test('a server is started from its row, and what comes of it is shown by itself', async () => {
    const { page, complaints } = await openPage(browser, { token: world.token })
    await page.goto(home)
    const row = page.getByRole('row', { name: /db-server-01/ })
    await row.getByRole('button', { name: /What to do with .*db-server-01/ }).click()
    const item = (name: RegExp) => page.getByRole('menuitem', { name })
    assert.equal(await item(/^Stop/).isDisabled(), true)
    assert.match((await item(/^Stop/).textContent()) ?? '', /Not possible in this state: stopped/)
    await item(/^Start/).click()
    await page.getByText(/db-server-01.* is starting/).waitFor()
    await row.getByText('running', { exact: true }).waitFor()
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  await t.test('the same as code, in four languages and without the token', async () => {
    const { page } = await openPage(browser, { token: world.token, permissions: ['clipboard-read', 'clipboard-write'] })
    await page.goto(`${home}?status=active`)
    await page.getByRole('button', { name: 'As code' }).click()
    const dialog = page.getByRole('dialog', { name: 'The same as code' })
    const shown: string[] = []
    for (const name of ['cURL', 'Python', 'JavaScript', 'CLI']) {
      await dialog.getByRole('tab', { name }).click()
      shown.push((await dialog.getByRole('tabpanel').textContent()) ?? '')
    }
    assert.match(shown[0] ?? '', new RegExp(`curl "${world.url}/api/v1/servers/\\?status=active"`))
    assert.equal(shown[3], 'restpoint server list --status active\n')
    assert.doesNotMatch(shown.join(), /rp_/)
    await dialog.getByRole('button', { name: 'Copy' }).click()
    await dialog.getByRole('button', { name: 'Copied' }).waitFor()
    assert.equal(await page.evaluate('navigator.clipboard.readText()'), shown[3])
    await page.context().close()
  })

  await t.test('the command palette leads anywhere, by keyboard alone', async () => {
    const { page, complaints } = await openPage(browser, { token: world.token })
    await page.goto(home)
    await page.getByRole('row', { name: /web-server-01/ }).waitFor()
    await page.keyboard.press('Control+k')
    const input = page.getByRole('combobox', { name: 'Page, server or action' })
    await input.fill('no such thing')
    await page.getByText('Nothing fits “no such thing”.').waitFor()
    await input.fill('web')
    assert.deepEqual(await violations(page), [])
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'web-server-01' }).waitFor()
    assert.equal(await page.evaluate('document.activeElement.tagName'), 'H1')
    await page.keyboard.press('Control+k')
    await input.fill('dark')
    await page.keyboard.press('Enter')
    await page.waitForFunction("document.documentElement.dataset.mantineColorScheme === 'dark'")
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  await t.test('a token that is revoked while one looks leads to the sign-in, and another one back', async () => {
    const token = await world.tokenWith('servers:read')
    const { page } = await openPage(browser)
    await page.goto(`${home}?q=web`)
    await page.getByRole('textbox', { name: 'Token' }).fill(token)
    await page.keyboard.press('Enter')
    await page.getByRole('row', { name: /web-server-01/ }).waitFor()
    // Without the permission there is nothing to be seen of snapshots.
    assert.equal(await page.getByRole('columnheader', { name: 'Last snapshot' }).count(), 0)
    const { results } = (await world.call('tokens/')).body
    const { id } = results.find(({ permissions }: { permissions: string[] }) => permissions.join() === 'servers:read')
    assert.equal((await world.call(`tokens/${id}/`, { method: 'DELETE' })).status, 204)
    await page.getByText('Your token has expired or was revoked.', { exact: false }).waitFor({ timeout: 30_000 })
    await page.getByRole('textbox', { name: 'Token' }).fill(world.token)
    await page.keyboard.press('Enter')
    await page.getByRole('row', { name: /web-server-01/ }).waitFor()
    assert.equal(page.url(), `${home}?q=web`)
    await page.context().close()
  })

  await t.test('while the service cannot be reached all stays readable, and actions say why not', async () => {
    const { page } = await openPage(browser, { token: world.token })
    await page.goto(home)
    await page.getByRole('row', { name: /web-server-01/ }).waitFor()
    await page.context().setOffline(true)
    await page.getByText('The service cannot be reached.', { exact: false }).waitFor({ timeout: 40_000 })
    await page
      .getByRole('row', { name: /web-server-01/ })
      .getByRole('button')
      .click()
    const start = page.getByRole('menuitem', { name: /^Start/ })
    assert.match((await start.textContent()) ?? '', /Not possible while the service cannot be reached/)
    await page.keyboard.press('Escape')
    await page.context().setOffline(false)
    await page
      .getByText('The service cannot be reached.', { exact: false })
      .waitFor({ state: 'hidden', timeout: 40_000 })
    await page.context().close()
  })

  for (const { code, name, dir } of languagesToLookAt) {
    await t.test(`${code}: reads its way, fits a phone, and axe finds nothing in light and in dark`, async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page, complaints } = await openPage(browser, { token: world.token, viewport: PHONE, colorScheme })
        await page.goto(home)
        if (code !== 'en') {
          await page.getByRole('button', { name: 'Language: English' }).click()
          await page.getByRole('menuitemradio', { name }).click()
        }
        await page.waitForFunction(`document.documentElement.lang === '${code}'`)
        assert.equal(await page.evaluate('document.documentElement.dir'), dir)
        await page.getByText('web-server-01').first().waitFor()
        assert.deepEqual(await overflowing(page), [])
        assert.deepEqual(await violations(page), [], colorScheme)
        await page.setViewportSize(DESK)
        assert.deepEqual(await overflowing(page), [])
        assert.deepEqual(await violations(page), [], colorScheme)
        // It is kept.
        await page.reload()
        assert.equal(await page.evaluate('document.documentElement.lang'), code)
        assert.deepEqual(complaints, [])
        await page.context().close()
      }
    })
  }

  await t.test('what is not there says so; nothing is asked of anybody else', async () => {
    const { page, complaints } = await openPage(browser, { token: world.token })
    const elsewhere: string[] = []
    page.on('request', request => {
      if (!request.url().startsWith(world.url)) elsewhere.push(request.url())
    })
    await page.goto(`${home}nothing/here`)
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
    await page.goto(`${home}servers/999999/overview`)
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
    assert.deepEqual([elsewhere, complaints], [[], []])
    await page.context().close()
  })
})

test('the link of the first start signs in, once', { skip: needs('chromium') }, async t => {
  const world = await openConsoleWorld(t)
  const code = (await world.signIn.offer(world.db)) ?? assert.fail('there is no code')
  const browser = await openBrowser(t)
  const { page, complaints } = await openPage(browser)
  await page.goto(`${world.url}/console/#sign-in=${code}`)
  await page.getByRole('row', { name: /web-server-01/ }).waitFor()
  assert.equal(page.url(), `${world.url}/console/`)
  assert.deepEqual(complaints, [])
  const again = await openPage(browser)
  await again.page.goto(`${world.url}/console/#sign-in=${code}`)
  await again.page.getByText('This sign-in link is used up or too old.', { exact: false }).waitFor()
  assert.equal(again.page.url(), `${world.url}/console/`)
})
