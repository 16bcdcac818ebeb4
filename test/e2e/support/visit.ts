/**
 * Somebody who uses the console in one of its languages. They find everything by what it is and what it says, as people
 * do, whether they see it or hear it.
 */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { languageOf } from '../../../packages/docs/src/languages.ts'
import { type Opened, openPage, picture } from './browser.ts'
import { isolated, type Words, wordsOf } from './words.ts'

const BOOT_LIMIT_MS = 90_000

/** Of the server that every service begins with. */
export const DEMO = { id: 1, name: 'web-server-01' } as const
export const tabs = ['overview', 'snapshots', 'terminal', 'activity', 'settings'] as const
export type Tab = (typeof tabs)[number]

/** Each is asked once, by whomever: answers stay on the screen. */
let questions = 0

export interface VisitOptions extends BrowserContextOptions {
  /** Of the service, or of what stands before it. */
  readonly url: string
  readonly language: string
}

export class Visit {
  readonly page: Page
  readonly words: Words
  readonly url: string
  readonly language: string
  readonly #opened: Opened

  private constructor({ url, language }: VisitOptions, opened: Opened) {
    this.url = url
    this.language = language
    this.words = wordsOf(language)
    this.page = opened.page
    this.#opened = opened
  }

  static async begin(browser: Browser, options: VisitOptions): Promise<Visit> {
    const { url, language, ...contextOptions } = options
    return new Visit(options, await openPage(browser, url, { locale: language, ...contextOptions }))
  }

  /** Nothing was refused by the page's own policy, nothing failed, and nobody else was asked. */
  async end(): Promise<void> {
    const { complaints, elsewhere } = this.#opened
    assert.deepEqual([complaints, elsewhere], [[], []])
    await this.page.context().close()
  }

  see(name: string): Promise<void> {
    return picture(this.page, `${name}-${this.language}`)
  }

  async goTo(address: string): Promise<void> {
    await this.page.goto(`${this.url}/console${address}`)
    await this.page.waitForFunction(`document.documentElement.dir === '${languageOf(this.language)?.dir}'`)
  }

  /** Wherever one is: the sign-in stands in place of everything. */
  async signIn(token: string): Promise<void> {
    const field = this.page.getByLabel(this.words('signin_token'), { exact: true })
    await field.fill(token)
    await this.button('signin_button').click()
    await field.waitFor({ state: 'hidden' })
  }

  /** As somebody does who cannot read the language that they are met with. */
  async turnTo(language: string): Promise<Visit> {
    const { name = '', dir } = languageOf(language) ?? {}
    await this.page.getByRole('button', { name: new RegExp(`^${this.words('language')}: `) }).click()
    await this.page.getByRole('menuitemradio', { name, exact: true }).click()
    await this.page.waitForFunction(`document.documentElement.dir === '${dir}'`)
    return new Visit({ url: this.url, language }, this.#opened)
  }

  button(key: string, within: Page | Locator = this.page): Locator {
    return within.getByRole('button', { name: this.words(key), exact: true })
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog')
  }

  async openTab(tab: Tab): Promise<void> {
    const navigation = this.page.getByRole('navigation', { name: this.words('tabs_label'), exact: true })
    await navigation.getByRole('link', { name: this.words(`tab_${tab}`), exact: true }).click()
  }

  get terminal(): Locator {
    return this.page.getByRole('region', { name: this.words('terminal_region', { name: isolated(DEMO.name) }) })
  }

  /** All that the server has said and the terminal has kept. */
  async transcript(): Promise<string> {
    await this.button('terminal_copy_all', this.terminal).click()
    return this.page.evaluate<string>('navigator.clipboard.readText()')
  }

  async type(command: string): Promise<void> {
    await this.terminal.getByRole('textbox', { name: this.words('terminal_input') }).focus()
    await this.page.keyboard.type(command)
    await this.page.keyboard.press('Enter')
  }

  /** What the command prints is on the screen: `expected`, which is not to be in the command itself. */
  async answers(command: string, expected: string): Promise<void> {
    const question = ++questions
    // The sum tells the answer from what was typed, and from earlier answers.
    await this.type(`echo "$(${command})-$((1000+${question}))"`)
    await this.terminal.getByText(`${expected}-${1000 + question}`).waitFor()
  }

  /** Until a shell answers on the screen: after a start or a restore the server boots, and loses what was typed before. */
  async shell(): Promise<void> {
    for (const deadline = Date.now() + BOOT_LIMIT_MS; ; await sleep(100)) {
      await this.terminal.getByText(this.words('terminal_connected')).waitFor({ timeout: BOOT_LIMIT_MS })
      await this.terminal.getByRole('textbox', { name: this.words('terminal_input') }).focus()
      await this.page.keyboard.press('Control+c')
      const question = ++questions
      await this.type(`echo $((1000+${question}))`)
      const answer = this.terminal.getByText(String(1000 + question), { exact: true })
      const isThere = await answer.waitFor({ timeout: 3000 }).then(
        () => true,
        () => false,
      )
      if (isThere) return
      assert.ok(Date.now() < deadline, 'no shell on the screen')
    }
  }

  /** In the dialog that is open. */
  async takeSnapshot(name: string): Promise<void> {
    await this.dialog.getByRole('textbox', { name: this.words('snapshot_name') }).fill(name)
    await this.button('snapshot_confirm', this.dialog).click()
    await this.dialog.waitFor({ state: 'hidden' })
  }

  snapshotRow(name: string): Locator {
    return this.page.getByRole('row').filter({ has: this.page.getByText(name, { exact: true }) })
  }

  /** What can be done with a snapshot, from the menu in its row. What cannot be done now says why. */
  async choiceOf(snapshot: string, key: string): Promise<Locator> {
    await this.snapshotRow(snapshot).getByRole('button').click()
    return this.page.getByRole('menuitem').filter({ hasText: this.words(key) })
  }

  get notices(): Locator {
    return this.page.getByRole('region', { name: this.words('notices_region') })
  }
}
