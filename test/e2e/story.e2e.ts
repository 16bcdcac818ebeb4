/** The whole story, in a language that runs from left to right and in one that runs from right to left. */
import { test } from 'node:test'
import { story } from './story.ts'
import { openBrowser } from './support/browser.ts'
import { Service } from './support/service.ts'
import { Visit } from './support/visit.ts'

const signIns = {
  // The link that the first start prints.
  en: (visit: Visit, { signInLink }: Service) => visit.page.goto(signInLink),
  ar: async (visit: Visit, { token }: Service) => {
    await visit.goTo('/')
    await visit.see('sign-in')
    await visit.signIn(token)
  },
} as const

for (const language of ['en', 'ar'] as const) {
  test(`the story of a file: ${language}`, async t => {
    const browser = await openBrowser(t)
    const service = await Service.start()
    t.after(() => service.end())
    const visit = await Visit.begin(browser, { url: service.url, language })
    await signIns[language](visit, service)
    await visit.page.getByRole('heading', { name: visit.words('servers_title') }).waitFor()
    await visit.see('servers')
    await story(visit, service)
    await visit.end()
  })
}
