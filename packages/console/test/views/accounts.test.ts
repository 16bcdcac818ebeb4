/** Accounts: made with their first token, given quotas, deleted; for administrators. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needs } from '../../../../test/support/needs.ts'
import { openBrowser } from '../support.ts'
import { openView, used } from './open.ts'
import { openScene } from './scene.ts'

const GIB = 1024 ** 3

test('accounts', { skip: needs('chromium') }, async t => {
  const scene = await openScene(t)
  const browser = await openBrowser(t)
  const of = async (email: string) =>
    (await scene.call('accounts/')).body.results.find((account: { email: string }) => account.email === email)

  for (const { code } of used) {
    await t.test(`${code}: one is made, gets another quota, and is deleted`, async () => {
      const email = `${code}@example.com`
      const { page, complaints, words } = await openView(browser, scene, '/accounts', { language: code })
      await page.getByRole('button', { name: words.whole('accounts_create') }).click()
      const form = page.getByRole('dialog', { name: words.whole('accounts_create_title') })
      const confirm = form.getByRole('button', { name: words.whole('accounts_create_confirm') })
      await form.getByRole('textbox', { name: words.whole('accounts_email') }).fill('nobody')
      await confirm.click()
      await form.getByText(words.whole('accounts_email_fault')).waitFor()
      await form.getByRole('textbox', { name: words.whole('accounts_email') }).fill('OWNER@example.com')
      await confirm.click()
      // There is one already: the service says so.
      await form.getByRole('alert').waitFor()
      await form.getByRole('textbox', { name: words.whole('accounts_email') }).fill(email)
      await form.getByRole('textbox', { name: words.whole('accounts_servers') }).fill('2')
      await confirm.click()
      const box = page.getByRole('group', { name: words.whole('tokens_secret') })
      const secret = (await box.getByText(/^rp_/).textContent()) ?? ''
      assert.equal((await scene.call('account/me/', { token: secret })).body.account.email, email)
      await page.getByRole('button', { name: words.whole('tokens_secret_stored') }).click()
      const { id, quota } = await of(email)
      assert.deepEqual(quota, { servers: 2, snapshots_per_server: null, bytes: null })

      const row = page.getByRole('row', { name: new RegExp(email) })
      const menu = row.getByRole('button', { name: words.whole('accounts_menu') })
      await menu.click()
      await page.getByRole('menuitem', { name: words.whole('accounts_change') }).click()
      const change = page.getByRole('dialog', { name: words.whole('accounts_change_title') })
      await change.getByRole('textbox', { name: words.whole('accounts_bytes') }).fill('many')
      await change.getByText(words.whole('accounts_quota_fault')).waitFor()
      await change.getByRole('textbox', { name: words.whole('accounts_bytes') }).fill('5')
      await change.getByRole('textbox', { name: words.whole('accounts_servers') }).fill('')
      await change.getByRole('button', { name: words.whole('accounts_change_confirm') }).click()
      await change.waitFor({ state: 'detached' })
      assert.deepEqual((await of(email)).quota, { servers: null, snapshots_per_server: null, bytes: 5 * GIB })

      await menu.click()
      await page.getByRole('menuitem', { name: words.whole('accounts_delete') }).click()
      await page
        .getByRole('dialog')
        .getByRole('button', { name: words.whole('accounts_delete_confirm') })
        .click()
      await row.waitFor({ state: 'detached' })
      assert.equal((await scene.call(`accounts/${id}/`)).status, 404)
      assert.equal((await scene.call('account/me/', { token: secret })).status, 401)
      assert.deepEqual(complaints, [])
      await page.context().close()
    })
  }

  await t.test('one with servers, and the own one, stay: what stands in the way is said before', async () => {
    const { page } = await openView(browser, scene, '/accounts')
    const row = page.getByRole('row', { name: /owner@example.com/ })
    await row.getByRole('button').click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    const alert = page.getByRole('dialog').getByRole('alert')
    await alert.getByText('The account owns servers').waitFor()
    await alert.getByText('An account does not delete itself').waitFor()
    await page.getByRole('button', { name: 'Delete account' }).click({ force: true })
    assert.ok(await of('owner@example.com'))
    await page.context().close()
  })

  await t.test('who is no administrator is told so', async () => {
    const token = await scene.tokenWith('servers:read', 'tokens:write')
    const { page } = await openView(browser, scene, '/accounts', { token })
    await page.getByText('Your token lacks the permission admin').waitFor()
    assert.equal(await page.getByRole('link', { name: 'Accounts' }).count(), 0)
    await page.context().close()
  })
})
