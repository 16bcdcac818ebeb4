/** All snapshots: found, understood, deleted; and what a token may not do is said. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needs } from '../../../../test/support/needs.ts'
import { openBrowser } from '../support.ts'
import { openView, used } from './open.ts'
import { openScene } from './scene.ts'

test('snapshots', { skip: needs('chromium') }, async t => {
  const scene = await openScene(t)
  const browser = await openBrowser(t)
  const namesThere = async () =>
    (await scene.call('snapshots/')).body.results.map(({ name }: { name: string }) => name) as string[]

  for (const { code } of used) {
    await t.test(
      `${code}: they are searched and filtered, a failed one leads to its cause, one is deleted`,
      async () => {
        const { page, complaints, words } = await openView(browser, scene, '/snapshots', { language: code })
        const doomed = await scene.completed(`doomed-${code}`)
        const row = (name: RegExp) => page.getByRole('row', { name })
        await row(new RegExp(`doomed-${code}`)).waitFor()
        // What people have written is text.
        await row(/long-n+/).waitFor()
        assert.equal(await page.locator('img').count(), 0)
        assert.match((await row(/long-n+/).textContent()) ?? '', /<img src=x onerror=alert\(1\)>/)

        await page.getByRole('searchbox', { name: words.whole('all_snapshots_search') }).fill(`doomed-${code}`)
        await row(/before-upgrade/).waitFor({ state: 'detached' })
        assert.match(page.url(), new RegExp(`/snapshots\\?q=doomed-${code}$`))
        assert.match(
          (await row(new RegExp(`doomed-${code}`))
            .getByRole('link')
            .first()
            .getAttribute('href')) ?? '',
          new RegExp(`^/console/servers/${scene.serverId}/overview`),
        )
        await row(new RegExp(`doomed-${code}`))
          .getByRole('button', { name: words.whole('all_snapshots_menu') })
          .click()
        await page.getByRole('menuitem', { name: words.whole('action_delete') }).click()
        const dialog = page.getByRole('dialog')
        await dialog.getByText(words.within('frees_now')).waitFor()
        await dialog.getByRole('button', { name: words.whole('delete_snapshot_confirm') }).click()
        await page.getByText(words.within('all_snapshots_none_fit')).waitFor()
        assert.equal((await scene.call(`snapshots/${doomed}/`)).status, 404)
        assert.ok((await namesThere()).includes('before-upgrade'))

        await page.getByRole('button', { name: words.whole('form_show_all') }).click()
        await page.getByRole('combobox', { name: words.whole('all_snapshots_state') }).selectOption('failed')
        await row(/before-upgrade/).waitFor({ state: 'detached' })
        await row(/proven-or-nothing/)
          .getByRole('link')
          .last()
          .click()
        await page.getByRole('heading', { level: 1, name: words.whole('history_title') }).waitFor()
        await page.getByRole('dialog').getByRole('alert').getByText('qemu-guest-agent').first().waitFor()
        assert.deepEqual(complaints, [])
        await page.context().close()
      },
    )
  }

  await t.test('a token that may only read is told why it cannot do more', async () => {
    const token = await scene.tokenWith('snapshots:read', 'servers:read')
    const { page, words } = await openView(browser, scene, '/snapshots', { token })
    const row = page.getByRole('row', { name: /before-upgrade/ })
    await row.getByRole('button').click()
    const remove = page.getByRole('menuitem', { name: words.within('action_delete') })
    assert.match((await remove.textContent()) ?? '', /Your token lacks the permission snapshots:write/)
    await remove.click({ force: true })
    assert.equal(await page.getByRole('dialog').count(), 0)
    await page.context().close()
  })

  await t.test('a token that may not even read them is told that', async () => {
    const token = await scene.tokenWith('servers:read')
    const { page } = await openView(browser, scene, '/snapshots', { token })
    await page.getByText('Your token lacks the permission snapshots:read').waitFor()
    await page.context().close()
  })
})
