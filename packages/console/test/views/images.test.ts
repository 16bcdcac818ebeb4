/** Images: imported with a format that is said, deleted with what that frees. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needs } from '../../../../test/support/needs.ts'
import { MIB } from '../../../server/test/http/harness.ts'
import { openBrowser } from '../support.ts'
import { openView, used } from './open.ts'
import { openScene } from './scene.ts'

test('images', { skip: needs('chromium') }, async t => {
  const scene = await openScene(t)
  const browser = await openBrowser(t)
  const named = async (name: string) =>
    (await scene.call('images/')).body.results.find((image: { name: string }) => image.name === name)

  for (const { code } of used) {
    await t.test(`${code}: one is imported, once its format is said and its file is there, and deleted`, async () => {
      const path = `/srv/images/${code}-nocloud.img`
      const { page, complaints, words } = await openView(browser, scene, '/images', { language: code })
      await page.getByRole('button', { name: words.whole('images_import') }).click()
      const dialog = page.getByRole('dialog', { name: words.whole('images_import_title') })
      const confirm = dialog.getByRole('button', { name: words.whole('images_import_confirm') })
      const file = dialog.getByRole('textbox', { name: words.whole('images_path') })
      await file.fill('not/absolute')
      await dialog.getByText(words.whole('images_path_fault')).waitFor()
      await file.fill(path)
      await confirm.click()
      await dialog.getByText(words.whole('images_format_fault')).waitFor()
      assert.equal(await page.evaluate('document.activeElement.tagName'), 'SELECT')
      await dialog.getByRole('combobox', { name: words.whole('images_format') }).selectOption('raw')
      // Before anything is sent, the file is not there.
      await dialog.getByRole('alert').waitFor()
      assert.equal(await confirm.getAttribute('aria-disabled'), 'true')
      assert.equal(await named(`${code}-nocloud`), undefined)

      scene.memory.controls.putFile(path, { format: 'raw', sizeBytes: 8 * MIB, blocks: new Map([[0, 1]]) })
      await dialog.getByRole('checkbox', { name: words.whole('images_cloud_init_in') }).uncheck()
      await dialog.getByRole('alert').waitFor({ state: 'detached' })
      await confirm.click()
      await dialog.waitFor({ state: 'detached' })
      const row = page.getByRole('row', { name: new RegExp(`${code}-nocloud`) })
      await row.getByText(words.whole('state_available')).waitFor()
      const { id, format, cloud_init, linked } = await named(`${code}-nocloud`)
      assert.deepEqual([format, cloud_init, linked], ['raw', false, false])

      await row.getByRole('button', { name: words.whole('images_menu') }).click()
      await page.getByRole('menuitem', { name: words.whole('images_delete') }).click()
      await page.getByRole('dialog').getByText(words.within('frees_now')).waitFor()
      await page
        .getByRole('dialog')
        .getByRole('button', { name: words.whole('images_delete_confirm') })
        .click()
      await row.waitFor({ state: 'detached' })
      assert.equal((await scene.call(`images/${id}/`)).status, 404)
      assert.deepEqual(complaints, [])
      await page.context().close()
    })
  }

  await t.test(
    'a linked one says where it lies, to administrators; others see it, and why they cannot import',
    async () => {
      const admin = await openView(browser, scene, '/images')
      await admin.page
        .getByRole('row', { name: /alpine/ })
        .getByText('/srv/images/very/far', { exact: false })
        .waitFor()
      await admin.page.context().close()
      const token = await scene.tokenWith('servers:read')
      const { page } = await openView(browser, scene, '/images', { token })
      const row = page.getByRole('row', { name: /alpine/ })
      await row.getByText('used where it lies', { exact: false }).waitFor()
      assert.doesNotMatch((await row.textContent()) ?? '', /\/srv\//)
      const button = page.getByRole('button', { name: 'Import image' })
      await button.focus()
      await page.getByRole('tooltip').getByText('Your token lacks the permission admin').waitFor()
      await button.click({ force: true })
      assert.equal(await page.getByRole('dialog').count(), 0)
      await page.context().close()
    },
  )
})
