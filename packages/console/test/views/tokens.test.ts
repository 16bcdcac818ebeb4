/** Tokens: made, shown once, revoked; by keyboard alone as well. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needs } from '../../../../test/support/needs.ts'
import { openBrowser } from '../support.ts'
import { openView, used } from './open.ts'
import { openScene } from './scene.ts'

test('tokens', { skip: needs('chromium') }, async t => {
  const scene = await openScene(t)
  const browser = await openBrowser(t)
  const named = async (name: string) =>
    (await scene.call('tokens/')).body.results.find((token: { name: string }) => token.name === name)

  for (const { code } of used) {
    await t.test(`${code}: one is made, its secret is shown once and works until it is revoked`, async () => {
      const { page, complaints, words } = await openView(browser, scene, '/tokens', { language: code })
      await page.getByRole('button', { name: words.whole('tokens_create') }).click()
      const form = page.getByRole('dialog', { name: words.whole('tokens_create_title') })
      await form.getByRole('checkbox', { name: 'tokens:write' }).check()
      await form.getByRole('checkbox', { name: 'snapshots:write' }).uncheck()
      await form.getByRole('combobox', { name: words.whole('tokens_end') }).selectOption('30')
      const confirm = form.getByRole('button', { name: words.whole('tokens_create_confirm') })
      await confirm.click()
      await form.getByText(words.whole('tokens_name_empty')).waitFor()
      await page.keyboard.type(`made-${code}`)
      await confirm.click()
      const box = page.getByRole('group', { name: words.whole('tokens_secret') })
      const secret = (await box.getByText(/^rp_/).textContent()) ?? ''
      // Neither a slip of the hand nor Escape takes it away.
      await page.keyboard.press('Escape')
      await box.waitFor()
      assert.equal((await scene.call('account/me/', { token: secret })).body.token.name, `made-${code}`)
      const { id, permissions, expires_at } = await named(`made-${code}`)
      assert.deepEqual(permissions, ['servers:read', 'snapshots:read', 'tokens:write'])
      assert.ok(Math.abs(Date.parse(expires_at) - scene.now() - 30 * 86_400_000) < 3600_000)
      await page.getByRole('button', { name: words.whole('tokens_secret_stored') }).click()
      await box.waitFor({ state: 'detached' })
      assert.doesNotMatch(await page.content(), new RegExp(secret))

      const row = page.getByRole('row', { name: new RegExp(`made-${code}`) })
      await row.getByRole('button', { name: words.whole('tokens_menu') }).click()
      await page.getByRole('menuitem', { name: words.whole('tokens_revoke') }).click()
      await page.getByRole('dialog').getByText(words.whole('tokens_revoke_ends')).waitFor()
      await page
        .getByRole('dialog')
        .getByRole('button', { name: words.whole('tokens_revoke_confirm') })
        .click()
      await row.waitFor({ state: 'detached' })
      assert.equal((await scene.call('account/me/', { token: secret })).status, 401)
      assert.equal((await scene.call(`tokens/${id}/`, { method: 'DELETE' })).status, 404)
      assert.deepEqual(complaints, [])
      await page.context().close()
    })
  }

  await t.test('one is made by keyboard alone', async () => {
    const { page } = await openView(browser, scene, '/tokens')
    await page.getByRole('table', { name: 'Tokens' }).waitFor()
    await page.getByRole('button', { name: 'Make token' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.waitForFunction("document.activeElement.tagName === 'INPUT'")
    await page.keyboard.type('by-keyboard')
    await page.keyboard.press('Enter')
    await page.getByText(/^rp_/).waitFor()
    // What comes first is copying it.
    await page.waitForFunction("document.activeElement.textContent === 'Copy'")
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('row', { name: /by-keyboard/ }).waitFor()
    assert.ok(await named('by-keyboard'))
    await page.context().close()
  })

  await t.test('it gives no more than it has, and says so', async () => {
    const token = await scene.tokenWith('tokens:write', 'servers:read')
    const { page } = await openView(browser, scene, '/tokens', { token })
    await page.getByRole('button', { name: 'Make token' }).click()
    const admin = page.getByRole('checkbox', { name: 'admin' })
    await admin.waitFor()
    assert.equal(await admin.isDisabled(), true)
    assert.equal(await page.getByRole('checkbox', { name: 'servers:read' }).isChecked(), true)
    await page.context().close()
  })

  await t.test("what the service refuses stands beside its field; the host's last administrator stays", async () => {
    const { page } = await openView(browser, scene, '/tokens')
    await page.getByRole('button', { name: 'Make token' }).click()
    const name = page.getByRole('textbox', { name: 'Name' })
    await name.fill('x'.repeat(101))
    await page.getByText('At most 100 characters.').waitFor()
    await page.keyboard.press('Escape')
    const row = page.getByRole('row', { name: /test.*You are signed in with one of this name.*admin/ })
    await row.getByRole('button').click()
    await page.getByRole('menuitem', { name: 'Revoke' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('alert').getByText("The host's last token with admin").waitFor()
    await dialog.getByRole('button', { name: 'Revoke token' }).click({ force: true })
    assert.equal((await scene.call('account/me/')).status, 200)
    await page.context().close()
  })

  await t.test('who revokes the own token is signed out', async () => {
    const { id, token } = await scene.ask('tokens/', { name: 'own', permissions: ['tokens:write'] })
    const { page } = await openView(browser, scene, '/tokens', { token })
    const row = page.getByRole('row', { name: /own.*You are signed in/ })
    await row.getByRole('button').click()
    await page.getByRole('menuitem', { name: 'Revoke' }).click()
    await page.getByRole('button', { name: 'Revoke token' }).click()
    await page.getByRole('heading', { name: 'Sign in to Restpoint' }).waitFor()
    assert.equal((await scene.call(`tokens/${id}/`, { method: 'DELETE' })).status, 404)
    await page.context().close()
  })
})
