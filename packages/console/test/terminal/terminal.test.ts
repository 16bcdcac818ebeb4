/** The terminal in a browser, in front of a machine in memory that prints and is typed to. A real guest: test/e2e. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Browser, BrowserContextOptions, Locator } from 'playwright-core'
import { needs } from '../../../../test/support/needs.ts'
import { until } from '../../../../test/system/support/until.ts'
import { languages } from '../../../docs/src/languages.ts'
import { Restpoint } from '../../../sdk/src/index.ts'
import {
  type ConsoleWorld,
  DESK,
  openBrowser,
  openConsoleWorld,
  openPage,
  overflowing,
  PHONE,
  violations,
} from '../support.ts'

const GREEN = '\x1b[38;2;0;90;0m'
const WAIT = { headers: { prefer: 'wait=30' } }
const INPUT = 'Terminal: what you type goes to the server'
/** What a terminal is asked for its kind by, and what ours answers. */
const ASKED = '\x1b[c'
const ANSWERED = '\x1b[?1;2c'

test('the terminal', { skip: needs('chromium') }, async t => {
  const world = await openConsoleWorld(t)
  const { controls } = world.memory
  const id = world.serverId
  world.terminals.start(60_000)
  assert.equal((await world.post(`servers/${id}/start/`, undefined, WAIT)).status, 200)
  const browser = await openBrowser(t)
  const open = (options: BrowserContextOptions & { token?: string } = {}) =>
    visit(browser, world.url, id, { token: world.token, ...options })
  let typed = ''
  const typedSoFar = () => {
    typed += controls.takeTyped(id)
    return typed
  }
  await held(world)
  controls.print(id, `boot ${GREEN}kernel\x1b[0m\r\n${ASKED}login: `)

  await t.test(
    'what was said before is there and is not answered again; what is said and typed now goes through',
    async () => {
      const { page, complaints, terminal } = await open()
      await terminal.getByText('Connected').waitFor()
      await terminal.getByText('boot').waitFor()
      // Neither now nor then.
      assert.equal(typedSoFar(), '')
      await page.getByRole('textbox', { name: INPUT }).focus()
      await page.keyboard.type('ada')
      // Also what the page itself would take elsewhere.
      for (const key of ['Tab', 'Escape', 'Control+k', 'Enter']) await page.keyboard.press(key)
      await until('all to be typed', () => typedSoFar().endsWith('\r'))
      assert.equal(typed, 'ada\t\x1b\x0b\r')
      assert.equal(await page.getByRole('dialog').count(), 0)
      controls.print(id, ASKED)
      typed = ''
      await until('the answer', () => typedSoFar() === ANSWERED)
      assert.deepEqual(complaints, [])
      await page.context().close()
    },
  )

  await t.test(
    'colours come through the policy of the page, also where something is selected; it is copied',
    async () => {
      const { page, complaints, terminal } = await open()
      const word = terminal.getByText('kernel', { exact: true })
      await word.waitFor()
      assert.equal(await word.evaluate(element => getComputedStyle(element).color), 'rgb(0, 90, 0)')
      const { x, y } = await placeOf(word)
      await page.mouse.dblclick(x, y)
      await terminal.getByRole('button', { name: 'Copy selection' }).waitFor()
      await page.keyboard.press('Control+Shift+c')
      await page.getByText('Copied', { exact: true }).waitFor()
      assert.equal(await page.evaluate('navigator.clipboard.readText()'), 'kernel')
      await page.mouse.click(x, y)
      await terminal.getByRole('button', { name: 'Copy all' }).click()
      await until('all of it', async () =>
        /boot kernel\nlogin:/.test(await page.evaluate('navigator.clipboard.readText()')),
      )
      assert.deepEqual(complaints, [])
      await page.context().close()
    },
  )

  await t.test('pastes, by the key and by the button', async () => {
    const { page, terminal } = await open()
    await terminal.getByText('Connected').waitFor()
    await page.evaluate("navigator.clipboard.writeText('uptime')")
    typedSoFar()
    typed = ''
    await page.getByRole('textbox', { name: INPUT }).focus()
    await page.keyboard.press('Control+Shift+v')
    await until('the paste', () => typedSoFar() === 'uptime')
    await terminal.getByRole('button', { name: 'Paste' }).click()
    await until('the second paste', () => typedSoFar() === 'uptimeuptime')
    await page.context().close()
  })

  await t.test('is no trap: a key that is told leads out, in both directions', async () => {
    const { page, terminal } = await open()
    const input = page.getByRole('textbox', { name: INPUT })
    const focused = () =>
      page.evaluate<string>('document.activeElement.textContent || document.activeElement.ariaLabel')
    await terminal.getByText('Connected').waitFor()
    await input.focus()
    const described = await input.evaluate(
      element => document.getElementById(element.getAttribute('aria-describedby') ?? '')?.textContent,
    )
    assert.match(described ?? '', /Ctrl\+Shift\+L leaves the terminal/)
    await page.keyboard.press('Control+Shift+l')
    assert.equal(await focused(), 'Copy all')
    for (const name of ['Paste', 'For screen readers', 'Snapshot now']) {
      await page.keyboard.press('Tab')
      assert.equal(await focused(), name)
    }
    await page.keyboard.press('Tab')
    assert.notEqual(await focused(), INPUT)
    // Having left, one comes in again as to any field.
    await terminal.getByRole('button', { name: 'For screen readers' }).focus()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    assert.equal(await focused(), INPUT)
    await page.context().close()
  })

  await t.test('for screen readers the lines are there to be gone through, and next time, too', async () => {
    const { page, terminal } = await open()
    await terminal.getByRole('button', { name: 'For screen readers', pressed: false }).click()
    await terminal.getByRole('listitem').filter({ hasText: 'boot kernel' }).waitFor()
    assert.deepEqual(await violations(page), [])
    await page.reload()
    await terminal.getByRole('button', { name: 'For screen readers', pressed: true }).waitFor()
    await terminal.getByRole('listitem').filter({ hasText: 'boot kernel' }).waitFor()
    await page.context().close()
  })

  await t.test('a link of the server leads nowhere', async () => {
    controls.print(id, '\r\n\x1b]8;;https://evil.example/\x1b\\harmless\x1b]8;;\x1b\\\r\n')
    const { page, terminal } = await open()
    const seen: string[] = []
    page.on('dialog', dialog => seen.push(dialog.message()))
    page.context().on('page', other => seen.push(other.url()))
    const link = terminal.getByText('harmless')
    await link.waitFor()
    const { x, y } = await placeOf(link)
    await page.mouse.move(x, y)
    await page.mouse.click(x, y)
    await terminal.getByText('Connected').click()
    assert.deepEqual(seen, [])
    await page.context().close()
  })

  await t.test('a server that stops says so, and is started from here', async () => {
    const { page, complaints, terminal } = await open()
    await terminal.getByText('Connected').waitFor()
    assert.equal((await world.post(`servers/${id}/stop/`, undefined, WAIT)).status, 200)
    await terminal.getByText('The server does not run: stopped').waitFor()
    assert.deepEqual(await violations(page), [])
    await terminal.getByRole('button', { name: 'Start', exact: true }).click()
    await terminal.getByText('Connected: what you type goes to the server').waitFor()
    controls.print(id, 'up again')
    await terminal.getByText('up again').waitFor()
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  await t.test('without the permission it says which one is missing', async () => {
    const { page } = await open({ token: await world.tokenWith('servers:read', 'snapshots:read') })
    await page.getByText('This terminal cannot be opened with your token').waitFor()
    await page.getByText('Your token lacks the permission servers:write').waitFor()
    assert.deepEqual(await violations(page), [])
    await page.context().close()
  })

  for (const { code } of languages) {
    await t.test(`${code}: fits a phone and a desk, from left to right, and axe finds nothing`, async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page, complaints } = await open({ viewport: PHONE, colorScheme, locale: code })
        const line = page.getByText('boot').first()
        await line.waitFor()
        assert.equal(await line.evaluate(element => getComputedStyle(element).direction), 'ltr')
        for (const size of [PHONE, DESK]) {
          await page.setViewportSize(size)
          assert.deepEqual(await overflowing(page), [], `${colorScheme} ${size.width}`)
          assert.deepEqual(await violations(page), [], `${colorScheme} ${size.width}`)
        }
        assert.deepEqual(complaints, [])
        await page.context().close()
      }
    })
  }
})

/** A console is held a moment after the start of its machine, and what is printed before nobody hears. */
async function held({ url, token, serverId, memory }: ConsoleWorld): Promise<void> {
  const terminal = new Restpoint({ url, token }).servers.openTerminal(serverId)
  let isHeard = false
  terminal.onData(() => {
    isHeard = true
  })
  await until('the console to be held', () => {
    memory.controls.print(serverId, '.')
    return isHeard
  })
  terminal.close()
  await terminal.closed
}

/** Of what is clicked through what lies above it. */
async function placeOf(locator: Locator): Promise<{ x: number; y: number }> {
  const { x, y, height } = (await locator.boundingBox()) ?? assert.fail('it is nowhere')
  return { x: x + 4, y: y + height / 2 }
}

async function visit(browser: Browser, url: string, id: number, options: BrowserContextOptions & { token?: string }) {
  const opened = await openPage(browser, { permissions: ['clipboard-read', 'clipboard-write'], ...options })
  await opened.page.goto(`${url}/console/servers/${id}/terminal`)
  return { ...opened, terminal: opened.page.getByRole('region', { name: /web-server-01/ }) }
}
