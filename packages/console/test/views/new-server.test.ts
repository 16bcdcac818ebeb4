/** A new server: what is wrong with it and what stands in its way is said before it is asked for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needs } from '../../../../test/support/needs.ts'
import { openBrowser } from '../support.ts'
import { openView, used } from './open.ts'
import { openScene } from './scene.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEexampleexampleexampleexampleexampleexamp ada@example.com'

test('a new server', { skip: needs('chromium') }, async t => {
  const scene = await openScene(t)
  const browser = await openBrowser(t)
  const named = async (name: string) =>
    (await scene.call('servers/')).body.results.find((server: { name: string }) => server.name === name)

  for (const { code } of used) {
    await t.test(`${code}: its fields are checked, and so is the host, before it is made`, async () => {
      const name = `made-${code}`
      const { page, complaints, words } = await openView(browser, scene, '/images', { language: code })
      await page
        .getByRole('row', { name: /debian-12/ })
        .getByRole('button', { name: words.whole('images_menu') })
        .click()
      await page.getByRole('menuitem', { name: words.whole('images_new_server') }).click()
      const field = (key: string) => page.getByRole('textbox', { name: words.whole(key) })
      const confirm = page.getByRole('button', { name: words.whole('new_confirm') })
      await confirm.click()
      await page.getByText(words.whole('name_empty')).waitFor()
      await page.keyboard.type(`-${name}`)
      await page.getByText(words.whole('name_start')).waitFor()
      await field('new_name').fill(name)
      await field('new_storage').fill('1')
      await page.getByText(words.whole('new_number_fault')).waitFor()
      await field('new_storage').fill('3')
      await field('new_memory').fill('999999999')
      // The host has not that much, and it says so by itself.
      await page.getByRole('alert').getByText('999999999 MB are wanted', { exact: false }).waitFor()
      assert.equal(await confirm.getAttribute('aria-disabled'), 'true')
      await confirm.click({ force: true })
      assert.equal(await named(name), undefined)
      await field('new_memory').fill('256')
      await page.getByRole('alert').waitFor({ state: 'detached' })
      await field('new_ssh_keys').fill('no key')
      await page.getByText(words.whole('new_ssh_keys_fault')).waitFor()
      await field('new_ssh_keys').fill(KEY)
      await field('new_user_data').fill('#cloud-config\npackages: [htop]')
      await page.getByRole('button', { name: words.whole('new_port_add') }).click()
      await page
        .getByRole('textbox', { name: words.whole('new_port_guest') })
        .last()
        .fill('80')
      await page.getByRole('checkbox', { name: words.whole('new_autostart') }).uncheck()

      await page.getByRole('button', { name: words.whole('code_button') }).click()
      const panel = page.getByRole('dialog').getByRole('tabpanel')
      assert.match((await panel.textContent()) ?? '', new RegExp(`"name": "${name}"[^]*"guest_port": ?80`))
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })

      await confirm.click()
      await page.getByRole('heading', { level: 1, name }).waitFor()
      const { id } = await named(name)
      assert.match(page.url(), new RegExp(`/servers/${id}/overview$`))
      const { plan, autostart, network } = (await scene.call(`servers/${id}/`)).body
      assert.deepEqual([plan.vcpus, plan.memory, plan.storage, autostart], [1, 256, 3, false])
      assert.deepEqual(
        network.forwards.map(({ guest_port }: { guest_port: number }) => guest_port).toSorted(),
        [22, 80],
      )
      const row = await scene.db.selectFrom('servers').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
      assert.match(JSON.stringify(row), /htop/)
      assert.deepEqual(complaints, [])
      await page.context().close()
    })
  }

  await t.test('a full quota is said before it is asked for', async () => {
    const { count } = (await scene.call('servers/')).body
    const quota = { quota: { servers: count } }
    await scene.call(`accounts/${scene.accountId}/`, { method: 'PATCH', body: quota })
    const { page } = await openView(browser, scene, '/servers/new')
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('one-too-many')
    await page.getByRole('alert').getByText("The account's quota is used up").waitFor()
    await scene.call(`accounts/${scene.accountId}/`, { method: 'PATCH', body: { quota: { servers: null } } })
    await page.context().close()
  })

  await t.test('a token that may only read sees why it cannot', async () => {
    const token = await scene.tokenWith('servers:read')
    const { page } = await openView(browser, scene, '/servers/new', { token })
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('nope')
    await page.getByRole('button', { name: 'Make server' }).focus()
    await page.getByRole('tooltip').getByText('Your token lacks the permission servers:write').waitFor()
    await page.keyboard.press('Enter')
    assert.equal(await named('nope'), undefined)
    await page.context().close()
  })
})
