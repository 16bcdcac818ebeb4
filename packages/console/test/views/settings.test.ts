/** Settings: whose token it is and what it may do in words, theme and language that are kept. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needs } from '../../../../test/support/needs.ts'
import { openBrowser } from '../support.ts'
import { wordsIn } from '../words.ts'
import { openView, used } from './open.ts'
import { openScene } from './scene.ts'

test('settings', { skip: needs('chromium') }, async t => {
  const scene = await openScene(t)
  const browser = await openBrowser(t)

  for (const { code } of used) {
    await t.test(`${code}: the account, the token, and how the console looks`, async () => {
      const token = await scene.tokenWith('snapshots:read')
      const { page, complaints, words } = await openView(browser, scene, '/settings', { language: code, token })
      await page.getByText('owner@example.com').waitFor()
      await page.getByText(words.whole('tokens_may_snapshots_read')).waitFor()
      assert.equal(await page.getByText(words.whole('tokens_may_admin')).count(), 0)
      await page.getByRole('radio', { name: words.whole('theme_dark') }).check()
      await page.waitForFunction("document.documentElement.dataset.mantineColorScheme === 'dark'")
      await page.getByRole('radio', { name: 'Türkçe' }).click()
      await page.getByRole('heading', { level: 1, name: wordsIn('tr').whole('settings_title') }).waitFor()
      assert.equal(await page.evaluate('document.documentElement.lang'), 'tr')
      assert.deepEqual(complaints, [])
      await page.context().close()
    })
  }
})
