/** Operations: what is under way and goes on by itself, what failed and why, page by page. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needs } from '../../../../test/support/needs.ts'
import { openBrowser } from '../support.ts'
import { openView, used } from './open.ts'
import { openScene } from './scene.ts'

test('operations', { skip: needs('chromium') }, async t => {
  const scene = await openScene(t)
  const browser = await openBrowser(t)

  for (const { code } of used) {
    await t.test(`${code}: what is under way comes first; a failed one opens on its cause and remedy`, async () => {
      const { page, complaints, words } = await openView(browser, scene, '/operations', { language: code })
      const underWay = page.getByRole('region', { name: words.whole('history_under_way') })
      await underWay.getByRole('progressbar', { name: words.whole('kind_merge') }).waitFor()
      const history = page.getByRole('region', { name: words.whole('history_all') })
      await history.getByRole('combobox', { name: words.whole('history_state') }).selectOption('failed')
      await history.getByText(words.whole('state_failed'), { exact: true }).last().waitFor()
      await history
        .getByRole('row', { name: words.within('kind_image_import') })
        .first()
        .waitFor({ state: 'detached' })
      const { count } = (await scene.call('operations/?status=failed')).body
      assert.equal(await history.getByRole('row').count(), 1 + count)
      await history.getByRole('link', { name: words.whole('kind_snapshot_create') }).click()
      const problem = page.getByRole('dialog').getByRole('alert')
      await problem.getByText('qemu-guest-agent').first().waitFor()
      assert.match(page.url(), /\?status=failed&operation=\d+$/)
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      assert.deepEqual(complaints, [])
      await page.context().close()
    })
  }

  await t.test('many are read page by page, and the address says which', async () => {
    for (let index = 0; index < 30; index++) {
      await scene.ask(`servers/${scene.serverId}/reboot/`, undefined, { headers: { prefer: 'wait=30' } })
    }
    const { count } = (await scene.call('operations/?limit=1')).body
    const { page, words } = await openView(browser, scene, '/operations')
    const pages = page.getByRole('navigation', { name: words.whole('pager_label') })
    await pages.getByText(`1–25 of ${count}`).waitFor()
    await pages.getByRole('button', { name: 'Next' }).click()
    await pages.getByText(`26–${count} of ${count}`).waitFor()
    assert.match(page.url(), /\/operations\?page=2$/)
    await page.reload()
    await pages.getByText(`26–${count} of ${count}`).waitFor()
    assert.equal(await pages.getByRole('button', { name: 'Next' }).isDisabled(), true)
    await page.context().close()
  })

  await t.test('when it ends it is under way no longer, without anybody asking', async () => {
    const { page } = await openView(browser, scene, '/operations')
    await page.getByRole('progressbar', { name: 'Merge of layers' }).waitFor()
    scene.memory.controls.releaseMerges()
    await page.getByText('Nothing is under way.').waitFor()
    assert.equal((await scene.call('operations/?status=running')).body.count, 0)
    await page.context().close()
  })
})
