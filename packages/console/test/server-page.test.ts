/** One server in a browser, against the service: its past is looked at, and everything is done to it that can be. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { needs } from '../../../test/support/needs.ts'
import { languages } from '../../docs/src/languages.ts'
import {
  type ConsoleWorld,
  DESK,
  languagesToLookAt,
  openBrowser,
  openConsoleWorld,
  openPage,
  overflowing,
  PHONE,
  violations,
} from './support.ts'
import { type Words, wordsIn } from './words.ts'

const looks = [
  { viewport: PHONE, colorScheme: 'light' },
  { viewport: DESK, colorScheme: 'dark' },
] as const

/** All of it is text, and breaks nothing. */
const STRANGE = `<img src=x onerror="document.title='taken'"> \u202egnp.exe 🦊 ${'long'.repeat(300)}`.slice(0, 1000)

test('the page of a server', { skip: needs('chromium') }, async t => {
  const world = await openConsoleWorld(t)
  const browser = await openBrowser(t)
  const addressOf = (id: number, tab = 'overview') => `${world.url}/console/servers/${id}/${tab}`

  for (const { code, dir } of languages.filter(one => one.code === 'en' || one.code === 'ar')) {
    await t.test(`${code}: snapshot, restore, undo, clone, delete`, async () => {
      const { whole, within } = wordsIn(code)
      const id = await running(world, `story-${code}`)
      const { page, complaints } = await openPage(browser, { token: world.token, locale: code })
      const read = async (path = '') => (await world.call(`servers/${id}/${path}`)).body
      await page.goto(addressOf(id))
      await page.getByRole('tree', { name: whole('tree_name') }).waitFor()
      assert.equal(await page.evaluate('document.documentElement.dir'), dir)

      await page.getByRole('button', { name: whole('action_snapshot') }).click()
      await fillSnapshot(page, { whole, within }, 'before-upgrade')
      await page.getByText(whole('done_snapshot')).waitFor()
      const [snapshot] = (await world.call(`snapshots/?server_id=${id}`)).body.results
      assert.deepEqual([snapshot.name, snapshot.status], ['before-upgrade', 'completed'])

      await page.getByRole('treeitem', { name: /before-upgrade/ }).click()
      const panel = page.getByRole('complementary', { name: 'before-upgrade' })
      await panel.getByText(whole('is_filesystem')).waitFor()
      await panel.getByRole('button', { name: whole('action_restore') }).click()
      const restore = page.getByRole('dialog', { name: within('restore_title') })
      await restore.getByRole('img', { name: whole('restore_now_picture') }).waitFor()
      await restore.getByRole('img', { name: whole('restore_then_picture') }).waitFor()
      await restore.getByText(whole('restore_running')).waitFor()
      await restore.getByText(within('restore_undo')).waitFor()
      await restore.getByRole('button', { name: whole('restore_confirm') }).click()
      await page.getByText(whole('done_restore')).waitFor()
      const restored = await read()
      assert.deepEqual([restored.status, restored.undo.available], ['active', true])
      await page.getByRole('treeitem', { name: within('tree_undo') }).waitFor()

      // In one click, beside what was said last.
      await page
        .getByRole('region', { name: whole('notices_region') })
        .getByRole('button', { name: whole('undo_button') })
        .click()
      await page.getByText(whole('done_undo')).waitFor()
      assert.notEqual((await read()).undo.operation_id, restored.undo.operation_id)
      await dismissAll(page, { whole, within })

      await panel.getByRole('button', { name: whole('action_clone') }).click()
      const clone = page.getByRole('dialog', { name: within('clone_title') })
      await clone.getByRole('textbox', { name: whole('clone_name') }).fill(`copy-${code}`)
      await clone.getByRole('button', { name: whole('clone_confirm') }).click()
      await page.getByText(whole('clone_begun')).waitFor()
      const { results } = (await world.call('servers/')).body
      const copy = results.find(({ name }: { name: string }) => name === `copy-${code}`)
      assert.equal((await world.call(`servers/${copy.id}/`)).body.cloned_from, snapshot.id)
      await page.getByRole('treeitem', { name: new RegExp(`copy-${code}`) }).waitFor()

      await panel.getByRole('button', { name: whole('action_delete') }).click()
      const removal = page.getByRole('dialog', { name: within('delete_snapshot_title') })
      await removal.getByText(within('frees_now')).waitFor()
      await removal.getByRole('button', { name: whole('delete_snapshot_confirm') }).click()
      await page.getByText(whole('deleted_snapshot')).waitFor()
      assert.equal((await world.call(`snapshots/${snapshot.id}/`)).status, 404)

      await page.getByRole('button', { name: within('servers_menu') }).click()
      await page.getByRole('menuitem', { name: whole('action_delete_server') }).click()
      const end = page.getByRole('dialog', { name: within('delete_server_title') })
      await end.getByRole('button', { name: whole('delete_server_confirm') }).click()
      await page.getByText(whole('deleted_server')).waitFor()
      assert.equal((await world.call(`servers/${id}/`)).status, 404)
      assert.equal(page.url(), `${world.url}/console/`)
      assert.deepEqual(complaints, [])
      await page.context().close()
    })
  }

  await t.test('by keyboard alone: take a snapshot, walk the tree to it, restore, undo', async () => {
    const id = await running(world, 'by-keyboard')
    const { page, complaints } = await openPage(browser, { token: world.token })
    await page.goto(addressOf(id))
    await page.getByRole('tree').waitFor()
    await tabTo(page, 'Snapshot now')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('keys')
    await page.keyboard.press('Enter')
    await page.getByRole('treeitem', { name: /^keys/ }).waitFor()
    await tabTo(page, 'now')
    await page.keyboard.press('Home')
    assert.match(await focused(page), /^Tiny Linux, image/)
    await page.keyboard.press('ArrowRight')
    assert.match(await focused(page), /^keys, snapshot/)
    await page.keyboard.press('Enter')
    assert.equal(await page.getByRole('treeitem', { name: /^keys/ }).getAttribute('aria-selected'), 'true')
    await page
      .getByRole('complementary', { name: 'keys' })
      .getByText(/Consistent file systems/)
      .waitFor()
    await tabTo(page, 'Restore …')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: /Restore .*by-keyboard.* to .*keys/ }).waitFor()
    await tabTo(page, 'Restore')
    await page.keyboard.press('Enter')
    await page.getByText(/by-keyboard.* is restored/).waitFor()
    await tabTo(page, 'Undo')
    await page.keyboard.press('Enter')
    await page.getByText(/The restore of .* is undone/).waitFor()
    // Its button would undo the undo.
    assert.equal(await page.getByText(/by-keyboard.* is restored/).count(), 0)
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  await t.test('a name is checked while one types, and what stands in the way comes with its remedy', async () => {
    const id = await running(world, 'full')
    for (const name of ['one', 'two', 'three', 'four']) await taken(world, id, name)
    const { page } = await openPage(browser, { token: world.token })
    await page.goto(addressOf(id))
    await page.getByRole('button', { name: 'Snapshot now' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('One slot of 5 is left.').waitFor()
    const name = dialog.getByRole('textbox', { name: 'Name' })
    await name.fill('with space')
    await dialog.getByText('Only letters A–Z, digits, hyphens and underscores.', { exact: true }).waitFor()
    await name.fill('x'.repeat(256))
    await dialog.getByText('At most 255 characters.').waitFor()
    await name.fill('one')
    await dialog.getByText(/has a snapshot of that name already/).waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await taken(world, id, 'five')
    await page.getByText('5 of 5').waitFor()
    await page.getByRole('button', { name: 'Snapshot now' }).click()
    const blocked = page.getByRole('dialog').getByRole('alert')
    await blocked.getByText('Snapshot limit reached').waitFor()
    await blocked.getByText(/Delete a snapshot of this server/).waitFor()
    await page.context().close()
  })

  await t.test('what is to be expected of a snapshot follows the guest agent', async () => {
    const id = await running(world, 'expecting')
    world.memory.controls.setAgent(id, 'absent')
    const { page } = await openPage(browser, { token: world.token })
    await page.goto(addressOf(id))
    await page.getByText('not connected').waitFor()
    await page.getByRole('button', { name: 'Snapshot now' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(/it will be as after a power cut/).waitFor()
    await dialog.getByRole('combobox', { name: 'Consistency' }).selectOption('Consistent file systems or nothing')
    await dialog.getByText(/the snapshot will fail rather than be less/).waitFor()
    await dialog.getByRole('button', { name: 'Take snapshot' }).click()
    const problem = page.getByRole('alert').filter({ hasText: 'The requested consistency could not be reached' })
    await problem
      .getByText(/Install and start/)
      .first()
      .waitFor()
    await page.getByRole('link', { name: 'Activity' }).click()
    await page
      .getByRole('table', { name: 'Activity' })
      .getByText(/Install and start/)
      .waitFor()
    await page.context().close()
  })

  await t.test(
    'every tab, in every language: axe finds nothing, nothing is too wide, strange texts are text',
    async () => {
      const id = await running(world, `a${'-very-long-name'.repeat(16)}`)
      const body = { server_id: id, name: `n${'_long'.repeat(50)}`, description: STRANGE }
      await world.post('snapshots/', body, { headers: { prefer: 'wait=30' } })
      const first = await taken(world, id, 'first')
      await world.post(`snapshots/${first}/restore/`, undefined, { headers: { prefer: 'wait=30' } })
      for (const { code } of languagesToLookAt) {
        const words = wordsIn(code)
        const { page, complaints } = await openPage(browser, { token: world.token, locale: code, viewport: PHONE })
        for (const tab of ['overview', 'snapshots', 'activity', 'settings']) {
          await page.goto(addressOf(id, tab))
          await shown(page, words, tab)
          for (const { viewport, colorScheme } of looks) {
            await page.emulateMedia({ colorScheme })
            await page.setViewportSize(viewport)
            assert.deepEqual(await overflowing(page), [], `${code} ${tab} ${colorScheme}`)
            assert.deepEqual(await violations(page), [], `${code} ${tab} ${colorScheme}`)
          }
        }
        assert.doesNotMatch(await page.title(), /taken/)
        assert.deepEqual(complaints, [])
        await page.context().close()
      }
    },
  )

  await t.test('the same as the picture is a table, one click away', async () => {
    const id = await running(world, 'as-table')
    await taken(world, id, 'sealed')
    const { page } = await openPage(browser, { token: world.token })
    await page.goto(addressOf(id))
    await page.getByRole('button', { name: 'As a table' }).click()
    const rows = page.getByRole('table', { name: /Layers of this server/ }).getByRole('row')
    const { count } = (await world.call(`servers/${id}/layers/`)).body
    assert.equal(await rows.count(), count + 1)
    assert.match((await rows.nth(2).textContent()) ?? '', /sealed.*snapshot/)
    await page.context().close()
  })

  await t.test('settings are saved, and what is refused is told beside its field', async () => {
    const { page } = await openPage(browser, { token: world.token })
    await page.goto(addressOf(world.serverId, 'settings'))
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('renamed')
    await page.getByRole('textbox', { name: 'Host name' }).fill('not a host name')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('textbox', { name: 'Host name' }).and(page.locator('[aria-invalid=true]')).waitFor()
    await page.getByRole('textbox', { name: 'Host name' }).fill('renamed.example.com')
    // It has no network card that could be unplugged.
    assert.equal(await page.getByRole('switch', { name: 'Quarantine' }).isDisabled(), true)
    await page.getByRole('switch', { name: 'Starts again with the host' }).click()
    const form = page.locator('form', { has: page.getByRole('button', { name: 'Save' }) })
    await form.getByRole('button', { name: 'As code' }).click()
    await page
      .getByRole('dialog')
      .getByText(/PATCH[^]*"hostname": "renamed\.example\.com"/)
      .first()
      .waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'renamed' }).waitFor()
    const { name, hostname, autostart } = (await world.call(`servers/${world.serverId}/`)).body
    assert.deepEqual([name, hostname, autostart], ['renamed', 'renamed.example.com', false])
    await page.context().close()
  })

  await t.test('a merge that waits says for what, and one that is undone by others is seen at once', async () => {
    const id = await running(world, 'merging')
    for (let block = 0; block < 4; block++) world.memory.controls.write(id, 0, block, block + 1)
    const snapshot = await taken(world, id, 'to-go')
    await taken(world, id, 'to-stay')
    world.memory.controls.holdMerges()
    const { page } = await openPage(browser, { token: world.token })
    await page.goto(addressOf(id))
    await page.getByRole('treeitem', { name: /^to-go/ }).waitFor()
    await world.call(`snapshots/${snapshot}/`, { method: 'DELETE' })
    await page.getByRole('treeitem', { name: /needed by nobody/ }).waitFor()
    world.memory.controls.releaseMerges()
    await page.getByRole('treeitem', { name: /needed by nobody/ }).waitFor({ state: 'detached' })
    await page.context().close()
  })
})

async function running(world: ConsoleWorld, name: string): Promise<number> {
  const id = await world.addServer(world.accountId, name.slice(0, 250))
  await world.post(`servers/${id}/start/`, undefined, { headers: { prefer: 'wait=30' } })
  return id
}

async function taken(world: ConsoleWorld, server_id: number, name: string): Promise<number> {
  const { body } = await world.post('snapshots/', { server_id, name }, { headers: { prefer: 'wait=30' } })
  assert.equal(body.status, 'completed')
  return body.id
}

/** They may lie over what comes next. */
async function dismissAll(page: Page, { whole }: Words): Promise<void> {
  const buttons = page.getByRole('button', { name: whole('notice_dismiss') })
  for (let left = await buttons.count(); left > 0; left--) await buttons.first().click()
}

async function fillSnapshot(page: Page, { whole, within }: Words, name: string): Promise<void> {
  const dialog = page.getByRole('dialog', { name: within('snapshot_title') })
  await dialog.getByText(whole('expect_filesystem')).waitFor()
  await dialog.getByRole('textbox', { name: whole('snapshot_name') }).fill(name)
  await dialog.getByRole('button', { name: whole('snapshot_confirm') }).click()
}

async function shown(page: Page, { whole }: Words, tab: string): Promise<void> {
  const signs: Record<string, () => Promise<void>> = {
    overview: () => page.getByRole('tree', { name: whole('tree_name') }).waitFor(),
    snapshots: () => page.getByRole('table', { name: whole('tab_snapshots') }).waitFor(),
    activity: () => page.getByRole('table', { name: whole('tab_activity') }).waitFor(),
    settings: () => page.getByRole('heading', { name: whole('change_identity') }).waitFor(),
  }
  await signs[tab]?.()
}

/** What has the focus, as it is called. */
function focused(page: Page): Promise<string> {
  return page.evaluate<string>(`(e => e.getAttribute('aria-label') ?? e.textContent ?? '')(document.activeElement)`)
}

async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    const now = await focused(page)
    if (now === name || now.startsWith(`${name},`)) return
    await page.keyboard.press('Tab')
  }
  assert.fail(`Tab never comes to ${name}`)
}
