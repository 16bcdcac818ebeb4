import { createRequire } from 'node:module'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

export const PHONE = { width: 360, height: 740 }
export const DESK = { width: 1280, height: 860 }

const scripts = [
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  path.resolve(import.meta.dirname, '../../docs/looks/in-page.mjs'),
  path.resolve(import.meta.dirname, 'in-page.mjs'),
]

export async function openBrowser(t: Pick<TestContext, 'after'>): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  t.after(async () => {
    // Who has ended a visit has closed its page: what is open is where a test has failed.
    const open = browser.contexts().flatMap(context => context.pages())
    for (const [number, page] of open.entries()) await picture(page, `failed-${number + 1}`)
    await browser.close()
  })
  return browser
}

/** Where pictures of what was seen are put, for people to look at. Unset: nowhere. */
const pictures = process.env['E2E_PICTURES']

export async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return
  await page.screenshot({ path: path.join(pictures, `${name}.png`), animations: 'disabled' }).catch(console.error)
}

export interface Opened {
  readonly page: Page
  /** What the page, or the browser on its behalf, has complained of so far; the policy's refusals are among it. */
  readonly complaints: string[]
  /** Requests to anywhere but the service. */
  readonly elsewhere: string[]
}

/** A page in a context of its own, as a reader of a language has it. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: DESK, ...options })
  // What is not used for the service's own origin is not asked for.
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url })
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  for (const script of scripts) await page.addInitScript({ path: script })
  const complaints: string[] = []
  const elsewhere: string[] = []
  page.on('console', message => {
    // A service that refuses or is away is told there, too, and is a test's own matter.
    const text = message.text()
    if (message.type() === 'error' && !/status of \d|net::ERR_|WebSocket connection/.test(text)) complaints.push(text)
  })
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('request', request => {
    if (!request.url().startsWith(url)) elsewhere.push(request.url())
  })
  return { page, complaints, elsewhere }
}

/** What is wider than the window. */
export const overflowing = (page: Page) => page.evaluate<string[]>('looks.overflowing()')
/** What axe says of the page as it is now. */
export const violations = (page: Page) => page.evaluate<string[]>('looks.violations()')
