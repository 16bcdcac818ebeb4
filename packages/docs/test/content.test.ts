/** What is written: whole, used, and different in each language. */
import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { catalogue } from '../../server/src/errors.ts'
import { committedDocument, problemsOf } from '../src/check.ts'
import { contentFolder, missingFiles } from '../src/content.ts'
import { structureOf } from '../src/document.ts'
import { type Language, languageOf, languages, source } from '../src/languages.ts'
import { openSite } from '../src/site.ts'

const nouns = structureOf(committedDocument()).nouns.map(({ name }) => name)
const isWhole = ({ code }: Language) => missingFiles(path.join(contentFolder, code), nouns).length === 0

// What is being translated has not all of its files yet, and is not shown: see six-languages.test.ts.
for (const language of languages.filter(isWhole)) {
  test(`${language.name}: every text is there, is asked for, and is a translation`, () => {
    assert.deepEqual(problemsOf(language), [])
  })
}

test('every folder is that of a language', async () => {
  assert.deepEqual(
    (await readdir(contentFolder)).filter(name => !languageOf(name)),
    [],
  )
})

test('the English titles and remedies are those of the catalogue', async () => {
  const told = JSON.parse(await readFile(path.join(contentFolder, 'en/errors.json'), 'utf8'))
  const unmarked = (text: string) => text.replaceAll(/[`"]/g, '')
  const asTold = Object.entries<{ title: string; remedy: string }>(told).map(([code, { title, remedy }]) => [
    code,
    unmarked(title),
    unmarked(remedy),
  ])
  const asMeant = Object.entries(catalogue).map(([code, { title, remedy }]) => [
    code,
    unmarked(title),
    unmarked(remedy),
  ])
  assert.deepEqual(asTold, asMeant)
})

/** A folder with English, and a translation that is English with `changes`. */
async function translation(t: TestContext, language: Language, changes: Record<string, (text: string) => string>) {
  const folder = await mkdtemp(path.join(tmpdir(), 'restpoint-content-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await cp(path.join(contentFolder, source.code), path.join(folder, source.code), { recursive: true })
  const own = path.join(folder, language.code)
  await cp(path.join(contentFolder, source.code), own, { recursive: true })
  for (const [file, change] of Object.entries(changes)) {
    const name = path.join(own, file)
    const before = await readFile(name, 'utf8').catch(() => '')
    const after = change(before)
    assert.notEqual(after, before, `${file} was not changed`)
    await writeFile(name, after)
  }
  return folder
}

const turkish = languages[2]
const nepali = languages[4]

/** What is wrong beyond being English. */
const wrong = (language: Language, folder: string) =>
  problemsOf(language, folder).filter(problem => !/is the same in|needs the forms|Devanagari/.test(problem))

const cases: readonly [what: string, file: string, change: (text: string) => string, problem: RegExp][] = [
  ['a text is missing', 'messages.json', text => text.replace(/^.*"skip": .*\n/m, ''), /"messages\.skip" is missing/],
  [
    'nobody asks for a text',
    'messages.json',
    text => text.replace('"skip"', '"hello": "Merhaba",\n  "skip"'),
    /"messages\.hello" is not used/,
  ],
  [
    'a field has no text',
    'reference/snapshots.json',
    text => text.replace(/^.*"size_mb": .*\n/m, ''),
    /"reference\/snapshots\.objects\.Snapshot\.fields\.size_mb" is missing/,
  ],
  [
    'an error has none',
    'errors.json',
    text => text.replace('"meaning": "The body', '"means": "The body'),
    /body_too_large\.meaning" is missing/,
  ],
  [
    'code was translated',
    'reference/snapshots.json',
    text => text.replace('`completed`', '`tamamlandı`'),
    /the code "tamamlandı" is not in the source/,
  ],
  [
    'a placeholder was translated',
    'messages.json',
    text => text.replace('{title}', '{baslik}'),
    /the placeholders "title" is missing/,
  ],
  [
    'a link leads elsewhere',
    'pages/home.md',
    text => text.replace('](reference)', '](errors)'),
    /the links "reference" is missing/,
  ],
  ['a link leads nowhere', 'pages/home.md', text => text.replace('](reference)', '](refer)'), /no page "refer"/],
  ['an anchor leads nowhere', 'pages/home.md', text => text.replace('#token)', '#tokens)'), /leads nowhere/],
  ['a heading has lost its address', 'pages/home.md', text => text.replace(' {#what}', ''), /has no \{#id\}/],
  [
    'a sample was left out',
    'pages/home.md',
    text => text.replace('{sample undoServer}', ''),
    /"\{sample undoServer\}" is missing/,
  ],
  ['there is HTML', 'pages/home.md', text => text.replace('*snapshot*', '<em>snapshot</em>'), /HTML is not allowed/],
  [
    'there are digits of another language',
    'messages.json',
    text => text.replace('Skip', '٣'),
    /digits here are 0 to 9/,
  ],
]

for (const [what, file, change, problem] of cases) {
  test(`it is noticed when ${what}`, async t => {
    const folder = await translation(t, turkish, { [file]: change })
    assert.ok(
      wrong(turkish, folder).some(one => problem.test(one)),
      wrong(turkish, folder).join('\n'),
    )
  })
}

test('a copy is noticed, text by text, and what is listed is not', async t => {
  const folder = await translation(t, turkish, {
    'messages.json': text => text.replace('"Skip to the content"', '"İçeriğe geç"'),
    'same.json': () => '[{ "text": "Copied", "why": "for the test" }, { "text": "Nowhere", "why": "for the test" }]',
  })
  const problems = problemsOf(turkish, folder)
  assert.deepEqual(wrong(turkish, folder), ['same.json: "Nowhere" is in no other language'])
  assert.ok(problems.some(problem => problem.startsWith('messages.copy.button: "Copy" is the same in tr and en')))
  assert.ok(problems.some(problem => /^pages\/home\.md, part 2: .* is the same in tr and en/.test(problem)))
  assert.ok(!problems.some(problem => /messages\.(skip|copy\.done|name)/.test(problem)))
})

test('Nepali prose has digits of its own, except in what is written in Latin letters', async t => {
  const folder = await translation(t, nepali, {
    'messages.json': text => text.replace('"Copy"', '"RFC 9457, Debian 12, UTF-8"').replace('"Copied"', '"30 पटक"'),
  })
  const about = problemsOf(nepali, folder).filter(problem => problem.startsWith('messages.copy'))
  assert.deepEqual(about, ['messages.copy.done: "30" is not in Devanagari digits'])
})

test('a language with a missing text is not shown, and does no harm', async t => {
  const folder = await translation(t, turkish, { 'messages.json': text => text.replace('"skip"', '"skipped"') })
  const site = openSite({ document: committedDocument(), errors: catalogue, folder })
  assert.deepEqual(
    site.languages.map(({ code }) => code),
    ['en'],
  )
  const whole = await translation(t, turkish, { 'messages.json': text => text.replace('"Copied"', '"Tamam"') })
  const both = openSite({ document: committedDocument(), errors: catalogue, folder: whole })
  assert.deepEqual(
    both.languages.map(({ code }) => code),
    ['en', 'tr'],
  )
})
