/**
 * Every view and form: axe finds nothing, and nothing is wider than a phone or a desk. In English and Arabic; with
 * FAULTS=all, and in `npm run test:e2e`, in every language.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { needs } from '../../../../test/support/needs.ts'
import { languages } from '../../../docs/src/languages.ts'
import { languagesToLookAt, openBrowser, overflowing, PHONE, violations } from '../support.ts'
import { openView } from './open.ts'
import { openScene } from './scene.ts'

interface Look {
  readonly path: string
  readonly title: string
  /** A button that opens a form. */
  readonly opens?: string
}

const WIDE = { width: 1440, height: 900 }

test('the views', { skip: needs('chromium') }, async t => {
  const scene = await openScene(t)
  const { results } = (await scene.call('operations/?status=failed')).body
  const looks: Look[] = [
    { path: '/snapshots', title: 'all_snapshots_title' },
    { path: '/snapshots?q=nothing-is-called-so', title: 'all_snapshots_title' },
    { path: '/operations', title: 'history_title' },
    { path: `/operations?operation=${results[0].id}`, title: 'history_title' },
    { path: '/images', title: 'images_title', opens: 'images_import' },
    { path: '/tokens', title: 'tokens_title', opens: 'tokens_create' },
    { path: '/accounts', title: 'accounts_title', opens: 'accounts_create' },
    { path: '/settings', title: 'settings_title' },
    { path: `/servers/new?image=${scene.image.id}`, title: 'new_title' },
  ]
  const browser = await openBrowser(t)
  for (const { code, dir } of languagesToLookAt) {
    await t.test(`${code}: they fit, and axe finds nothing`, async () => {
      // Every second one by night.
      const colorScheme = languages.findIndex(one => one.code === code) % 2 === 0 ? 'light' : 'dark'
      const { page, complaints, words } = await openView(browser, scene, '/settings', { language: code, colorScheme })
      assert.equal(await page.evaluate('document.documentElement.dir'), dir)
      for (const { path, title, opens } of looks) {
        await goWithin(page, path)
        await page.getByRole('heading', { level: 1, name: words.whole(title) }).waitFor()
        await page.getByRole('status', { name: 'loading' }).waitFor({ state: 'detached' })
        if (path.includes('operation=')) await page.getByRole('alert').waitFor()
        await check(page, path)
        if (opens === undefined) continue
        await page.getByRole('button', { name: words.whole(opens) }).click()
        await page.getByRole('dialog').waitFor()
        await check(page, `${path} ${opens}`)
        await page.keyboard.press('Escape')
        await page.getByRole('dialog').waitFor({ state: 'detached' })
      }
      assert.deepEqual(complaints, [])
      await page.context().close()
    })
  }
})

async function check(page: Page, what: string): Promise<void> {
  for (const viewport of [PHONE, WIDE]) {
    await page.setViewportSize(viewport)
    assert.deepEqual(await overflowing(page), [], `${what} at ${viewport.width} px`)
    assert.deepEqual(await violations(page), [], `${what} at ${viewport.width} px`)
  }
}

/** As a link does: the page is not loaded anew. */
async function goWithin(page: Page, path: string): Promise<void> {
  await page.evaluate(`history.pushState(null, '', '/console${path}'); dispatchEvent(new PopStateEvent('popstate'))`)
}
