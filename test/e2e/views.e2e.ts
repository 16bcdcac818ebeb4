/** Every view in all six languages: as on a phone in light and as on a desk in dark. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { languages } from '../../packages/docs/src/languages.ts'
import { Api } from '../system/support/api.ts'
import { DESK, openBrowser, overflowing, PHONE, violations } from './support/browser.ts'
import { Service } from './support/service.ts'
import { DEMO, tabs, Visit } from './support/visit.ts'
import { messagesOf, type Words } from './support/words.ts'

interface View {
  readonly name: string
  readonly address: string
  /** Its heading. */
  readonly title: (words: Words) => string
  /** What it shows when it has what it asked for. */
  readonly shows: (visit: Visit) => Promise<void>
}

const textOf = (visit: Visit, text: string) =>
  visit.page.getByRole('main').getByText(text).filter({ visible: true }).first().waitFor()
const SNAPSHOT = 'before-upgrade'

const places: readonly View[] = [
  { name: 'servers', address: '/', title: words => words('servers_title'), shows: visit => textOf(visit, DEMO.name) },
  {
    name: 'snapshots',
    address: '/snapshots',
    title: words => words('all_snapshots_title'),
    shows: visit => textOf(visit, SNAPSHOT),
  },
  {
    name: 'operations',
    address: '/operations',
    title: words => words('history_title'),
    shows: visit => textOf(visit, DEMO.name),
  },
  {
    name: 'images',
    address: '/images',
    title: words => words('images_title'),
    shows: visit => visit.page.getByRole('row').nth(1).waitFor(),
  },
  { name: 'tokens', address: '/tokens', title: words => words('tokens_title'), shows: visit => textOf(visit, 'admin') },
  {
    name: 'accounts',
    address: '/accounts',
    title: words => words('accounts_title'),
    shows: visit => visit.page.getByRole('row').nth(1).waitFor(),
  },
  {
    name: 'new-server',
    address: '/servers/new',
    title: words => words('new_title'),
    shows: visit => visit.page.getByRole('main').getByRole('textbox').first().waitFor(),
  },
  { name: 'settings', address: '/settings', title: words => words('settings_title'), shows: async () => {} },
  { name: 'not-there', address: '/nothing/here', title: words => words('notfound_title'), shows: async () => {} },
]

const shownIn: Readonly<Record<(typeof tabs)[number], (visit: Visit) => Promise<void>>> = {
  overview: visit => visit.page.getByRole('tree').first().waitFor(),
  snapshots: visit => visit.snapshotRow(SNAPSHOT).waitFor(),
  terminal: visit => visit.terminal.getByText(visit.words('terminal_connected')).waitFor(),
  activity: visit => visit.page.getByRole('row').nth(1).waitFor(),
  settings: visit => visit.page.getByRole('main').getByRole('textbox').first().waitFor(),
}

const views: readonly View[] = [
  ...places,
  ...tabs.map(tab => ({
    name: `server-${tab}`,
    address: `/servers/${DEMO.id}/${tab}`,
    title: () => DEMO.name,
    shows: shownIn[tab],
  })),
]

/** What people have named. */
const named: readonly string[] = [DEMO.name, SNAPSHOT, 'tiny-linux · Tiny Linux (Debian kernel, busybox)']

/** What is written the same everywhere. */
const universal =
  /^(Restpoint|English|Español|Türkçe|Igbo|Ctrl K|⌘ K|cURL|Python|JavaScript|CLI|QEMU|UUID|MAC|SSH|cloud-init|machine-id|BIOS|UEFI)$/

test('every view in every language', async t => {
  const browser = await openBrowser(t)
  const service = await Service.start()
  t.after(() => service.end())
  const api = new Api(service)
  assert.equal((await api.snapshot(DEMO.id, SNAPSHOT)).status, 'completed')
  const english = new Map([...messagesOf('en')].filter(isSentence))

  for (const { code } of languages) {
    for (const [look, options] of Object.entries(looks)) {
      await t.test(`${code}, ${look}`, async tt => {
        const own = new Set(messagesOf(code).values())
        const forgotten = new Set([...english.values()].filter(text => !own.has(text)))
        const visit = await Visit.begin(browser, { url: service.url, language: code, ...options })
        await visit.goTo('/')
        await visit.signIn(service.token)
        for (const { name, address, title, shows } of views) {
          await tt.test(name, async () => {
            await visit.goTo(address)
            await visit.page.getByRole('heading', { level: 1, name: title(visit.words), exact: true }).waitFor()
            await shows(visit)
            await visit.see(`view-${name}-${look}`)
            assert.deepEqual(await overflowing(visit.page), [])
            assert.deepEqual(await violations(visit.page), [])
            assert.deepEqual(await strangeTexts(visit, forgotten), [])
          })
        }
        await visit.end()
      })
    }
  }
})

const looks = {
  phone: { viewport: PHONE, colorScheme: 'light' },
  desk: { viewport: DESK, colorScheme: 'dark' },
} as const

/** Keys that were never replaced, English that was never translated, and Latin words where the language has other letters. */
async function strangeTexts({ page, language }: Visit, forgotten: ReadonlySet<unknown>): Promise<string[]> {
  const texts = await page.evaluate<{ text: string; isApart: boolean }[]>('reading.texts()')
  const keys = messagesOf(language)
  const hasOtherLetters = language === 'ar' || language === 'ne'
  return texts
    .filter(({ text, isApart }) => {
      if (keys.has(text) || /\{\w+\}/.test(text)) return true
      if (isApart || universal.test(text) || named.includes(text)) return false
      if (forgotten.has(text)) return true
      return hasOtherLetters && /[A-Za-z]{3}/.test(text) && !/[\u0600-\u06ff\u0900-\u097f]/.test(text)
    })
    .map(({ text }) => text)
}

function isSentence(entry: [string, unknown]): entry is [string, string] {
  const [, text] = entry
  return typeof text === 'string' && !text.includes('{') && /\p{L}{2}/u.test(text)
}
