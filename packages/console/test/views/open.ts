/** A view in a language, opened as its reader would have it. */
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { languages } from '../../../docs/src/languages.ts'
import { openPage } from '../support.ts'
import { wordsIn } from '../words.ts'
import type { Scene } from './scene.ts'

/** Those in which each view is used; all six are looked at. */
export const used = languages.filter(({ code }) => code === 'en' || code === 'ar')

interface Opening extends BrowserContextOptions {
  readonly language?: string
  /** Default: an administrator's. */
  readonly token?: string
}

export async function openView(browser: Browser, scene: Scene, path: string, opening: Opening = {}) {
  const { language = 'en', token = scene.token, ...options } = opening
  const { page, complaints } = await openPage(browser, { token, ...options })
  await page.addInitScript(`localStorage.setItem('restpoint.language', '${language}')`)
  await page.goto(`${scene.url}/console${path}`)
  return { page, complaints, words: wordsIn(language) }
}
