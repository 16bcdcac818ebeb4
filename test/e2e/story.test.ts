/** The whole story in a browser, once: it begins in English and goes on in Arabic. `npm run test:e2e` tries the rest. */
import { test } from 'node:test'
import { needs } from '../support/needs.ts'
import { story } from './story.ts'
import { openBrowser } from './support/browser.ts'
import { Service } from './support/service.ts'
import { Visit } from './support/visit.ts'

const skip = needs('chromium', 'qemu-system-x86_64', 'qemu-img')

test('the story of a file, in a browser', { skip }, async t => {
  const browser = await openBrowser(t)
  const service = await Service.start()
  t.after(() => service.end())
  const visit = await Visit.begin(browser, { url: service.url, language: 'en' })
  await visit.page.goto(service.signInLink)
  const last = await story(visit, service, english => english.turnTo('ar'))
  await last.end()
})
