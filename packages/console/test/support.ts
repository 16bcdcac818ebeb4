/** A service with the console in it and machines in memory, and a browser in front of it. What is opened ends with the test. */
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { isThorough } from '../../../test/support/thorough.ts'
import { languages } from '../../docs/src/languages.ts'
import { openWorld } from '../../server/test/http/harness.ts'
import { openEmptyDatabase } from '../../server/test/support/database.ts'
import { openConsole } from '../serve/site.ts'

export type Context = Pick<TestContext, 'after'>

/** Whose looks are tried: all with FAULTS=all, and in `npm run test:e2e`; else one of each direction. */
export const languagesToLookAt = languages.filter(({ code }) => isThorough || code === 'en' || code === 'ar')

export const PHONE = { width: 360, height: 740 }
export const DESK = { width: 1280, height: 800 }

/** @throws Error where the console was not built: `npm test` does that. */
export async function openConsoleWorld(t: Context) {
  const console = openConsole()
  if (!console) throw new Error('The console is not built: node packages/console/build/main.ts')
  const database = await openEmptyDatabase('sqlite', { inMemory: true })
  const world = await openWorld(t, { database, console, hears: true })
  await world.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = world.app.server.address() as AddressInfo
  return { ...world, url: `http://127.0.0.1:${port}` }
}
export type ConsoleWorld = Awaited<ReturnType<typeof openConsoleWorld>>

export async function openBrowser(t: Context): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  t.after(() => browser.close())
  return browser
}

const scripts = [
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  path.resolve(import.meta.dirname, '../../../test/docs/looks/in-page.mjs'),
]

/** What the page or the browser complained of comes into `complaints`. */
export async function openPage(browser: Browser, options: BrowserContextOptions & { token?: string } = {}) {
  const { token, ...contextOptions } = options
  const context = await browser.newContext({ viewport: DESK, locale: 'en', ...contextOptions })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  for (const script of scripts) await page.addInitScript({ path: script })
  if (token)
    await page.addInitScript(
      `sessionStorage.getItem('restpoint.token') ?? sessionStorage.setItem('restpoint.token', '${token}')`,
    )
  const complaints: string[] = []
  page.on('console', message => {
    // A refusal is told there, too, and is a test's own matter.
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(String(error)))
  return { page, complaints }
}

/** What is wider than the window. */
export const overflowing = (page: Page) => page.evaluate<string[]>('looks.overflowing()')
/** What axe says of the page as it is now. */
export const violations = (page: Page) => page.evaluate<string[]>('looks.violations()')
