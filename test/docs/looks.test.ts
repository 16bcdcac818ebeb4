/**
 * Every page of the documentation in every language, in a browser: as its reader meets it, also on a phone, by a screen
 * reader and without scripts.
 */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import path from 'node:path'
import { test } from 'node:test'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { TOKEN_KEY } from '../../packages/docs/src/session.ts'
import { needs } from '../support/needs.ts'
import { isThorough } from '../support/thorough.ts'
import { addServer, openSampleWorld, prepare } from './samples/world.ts'

const WEIGHT = 150_000
const PHONE = { width: 360, height: 740 }
const DESK = { width: 1400, height: 900 }
const oneOfEachKind = ['quick-start', 'snapshots-and-backups', 'errors', 'reference/snapshots', 'search']

test('the pages of the documentation', { skip: needs('chromium') }, async t => {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  t.after(() => browser.close())
  const world = await openSampleWorld(t)
  await prepare(world, await addServer(world), 'getSnapshot')
  await fetch(`${world.url}/docs/en/`)
  const { languages, editions } = world.site() ?? assert.fail('no page was asked for')
  const names = [...(editions.get('en')?.pages ?? []), 'search', 'not-there']
  const placeOf = (code: string, name: string) =>
    `${world.url}/docs/${code}/${name === 'home' ? '' : `${name}/`}${name === 'search' ? '?q=id' : ''}`

  await t.test(`weigh at most ${WEIGHT} bytes, fonts apart`, async () => {
    for (const { code } of languages) {
      for (const name of names) {
        const text = await (await fetch(placeOf(code, name))).text()
        const files = [...text.matchAll(/(?:src|href)="(\/docs\/assets\/[^"]+\.(?:css|js))"/g)]
        const sizes = await Promise.all(
          files.map(async ([, file = '']) => (await (await fetch(world.url + file)).arrayBuffer()).byteLength),
        )
        const weight = Buffer.byteLength(text) + sizes.reduce((sum, size) => sum + size, 0)
        assert.ok(weight <= WEIGHT, `${code} ${name}: ${weight} bytes`)
      }
    }
  })

  for (const { code, dir } of languages) {
    await t.test(`${code}: fit a phone, have every letter and ask nobody else`, async () => {
      const page = await opened(browser, { viewport: PHONE })
      const elsewhere: string[] = []
      page.on('request', request => {
        if (!request.url().startsWith(world.url)) elsewhere.push(request.url())
      })
      for (const name of names) {
        await page.goto(placeOf(code, name))
        assert.equal(await page.evaluate('document.documentElement.dir'), dir, name)
        assert.deepEqual(await overflowing(page), [], name)
        assert.deepEqual(await foreignFonts(page), [], name)
      }
      assert.deepEqual(elsewhere, [])
      await page.context().close()
    })

    // Colours are the same in all languages.
    const colorSchemes = isThorough || code === 'en' ? (['light', 'dark'] as const) : (['light'] as const)
    await t.test(`${code}: axe finds nothing, in ${colorSchemes.join(' and in ')}`, async () => {
      for (const colorScheme of colorSchemes) {
        const page = await opened(browser, { viewport: PHONE, colorScheme })
        // All pages of a kind are built alike.
        for (const name of isThorough ? names : oneOfEachKind) {
          await page.goto(placeOf(code, name))
          assert.deepEqual(await violations(page), [], `${name} ${colorScheme}`)
        }
        await page.context().close()
      }
    })
  }

  await t.test('on a wide screen nothing overflows either', async () => {
    const page = await opened(browser, { viewport: DESK })
    for (const { code } of languages) {
      await page.goto(placeOf(code, 'reference/snapshots'))
      assert.deepEqual(await overflowing(page), [], code)
    }
    assert.deepEqual(await violations(page), [])
    await page.context().close()
  })

  await t.test('without scripts: tabs turn, the menu opens, the search finds', async () => {
    const page = await opened(browser, { viewport: PHONE, javaScriptEnabled: false })
    await page.goto(placeOf('en', 'quick-start'))
    const sample = page.locator('[data-sample="getMe"]')
    assert.equal(await sample.locator('.curl').isVisible(), true)
    await sample.getByText('Python', { exact: true }).click()
    assert.deepEqual(
      [await sample.locator('.python').isVisible(), await sample.locator('.curl').isVisible()],
      [true, false],
    )
    assert.equal(await page.getByRole('link', { name: 'Consistency explained' }).first().isVisible(), false)
    await page.getByRole('link', { name: 'Menu', exact: true }).click()
    await page.getByRole('navigation', { name: 'Menu' }).getByRole('link', { name: 'Consistency explained' }).click()
    assert.match(page.url(), /\/docs\/en\/consistency\/$/)
    await page.getByRole('searchbox').fill('idempotency')
    await page.getByRole('searchbox').press('Enter')
    assert.match(page.url(), /\/docs\/en\/search\/\?q=idempotency$/)
    assert.ok((await page.locator('mark').count()) > 0)
    await page.context().close()
  })

  await t.test('with scripts: tabs turn together, code is copied, the theme and the place are kept', async () => {
    const page = await opened(browser, { viewport: DESK, permissions: ['clipboard-read', 'clipboard-write'] })
    const broken: string[] = []
    page.on('console', message => message.type() === 'error' && broken.push(message.text()))
    page.on('pageerror', error => broken.push(String(error)))
    await page.goto(placeOf('en', 'quick-start'))
    await page.locator('[data-sample="getMe"]').getByText('JavaScript', { exact: true }).click()
    assert.equal(await page.locator('[data-sample="listServers"] .javascript').isVisible(), true)
    await page.locator('[data-sample="listServers"]').getByRole('button', { name: 'Copy' }).click()
    const copied = await page.evaluate<string>('navigator.clipboard.readText()')
    assert.match(copied, /^const response = await fetch\('http:\/\/127\.0\.0\.1:\d+\/api\/v1\/servers\/'/)
    await page.getByRole('button', { name: 'Dark' }).click()
    await page.goto(placeOf('en', 'consistency'))
    assert.equal(await page.evaluate('document.documentElement.dataset.theme'), 'dark')
    assert.equal(await page.locator('[data-sample="getSnapshot"] .javascript').isVisible(), true)
    for (const { code, name } of languages.slice(1)) {
      await page.goto(`${placeOf('en', 'consistency')}#receipt`)
      await page.locator('.languages summary').click()
      await page.getByRole('link', { name }).click()
      assert.equal(page.url(), `${placeOf(code, 'consistency')}#receipt`)
    }
    await page.goto(placeOf('en', 'home'))
    await page.keyboard.press('/')
    assert.equal(await page.evaluate('document.activeElement.id'), 'q')
    assert.deepEqual(broken, [])
    await page.context().close()
  })

  await t.test('for a signed-in reader: the ids are of things that there are', async () => {
    const page = await opened(browser, { viewport: DESK })
    await page.goto(placeOf('en', 'home'))
    const shown = () => page.locator('[data-sample="undoServer"] .curl').textContent()
    assert.match((await shown()) ?? '', /\/servers\/1\/undo\//)
    await page.evaluate(`sessionStorage.setItem('${TOKEN_KEY}', '${world.token}')`)
    await page.reload()
    await page.getByText('The ids in the samples are now those of your own account.').waitFor({ state: 'attached' })
    const { results } = (await world.call('servers/?limit=1')).body
    assert.ok((await shown())?.includes(`/servers/${results[0].id}/undo/`))
    assert.doesNotMatch(await page.content(), new RegExp(world.token))
    await page.context().close()
  })
})

const scripts = [
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  path.resolve(import.meta.dirname, 'looks/in-page.mjs'),
]

async function opened(browser: Browser, options: BrowserContextOptions): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage()
  if (options.javaScriptEnabled !== false) for (const script of scripts) await page.addInitScript({ path: script })
  return page
}

const overflowing = (page: Page) => page.evaluate<string[]>('looks.overflowing()')
const violations = (page: Page) => page.evaluate<string[]>('looks.violations()')

/** Fonts that prose is shown in and that are not ours: there a letter was missing. Code is in the reader's own. */
async function foreignFonts(page: Page): Promise<string[]> {
  await page.evaluate('looks.onlyProse()')
  const session = await page.context().newCDPSession(page)
  await session.send('DOM.enable')
  await session.send('CSS.enable')
  const { root } = await session.send('DOM.getDocument')
  const { nodeId } = await session.send('DOM.querySelector', { nodeId: root.nodeId, selector: 'body' })
  const { fonts } = await session.send('CSS.getPlatformFontsForNode', { nodeId })
  await session.detach()
  return fonts
    .filter(({ isCustomFont }) => !isCustomFont)
    .map(({ familyName, glyphCount }) => `${familyName} ${glyphCount}`)
}
