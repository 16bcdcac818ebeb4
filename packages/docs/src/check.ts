/**
 * What is wrong with the folder of a language: missing files, texts that are missing or that nobody asks for, links that
 * lead nowhere, code that was translated, texts that are the same as in another language.
 *
 * For translators: `node packages/docs/src/check.ts tr`
 */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { readAnswers } from './answers.ts'
import { readAssets } from './assets.ts'
import { differencesOfPages, differencesOfTexts, sameTexts, strayDigits, vainExceptions } from './compare.ts'
import { type Content, contentFolder, missingFiles, readContent } from './content.ts'
import { type OpenApi, structureOf } from './document.ts'
import { Edition } from './edition.ts'
import { type Language, languageOf, languages, pluralFormsOf, source } from './languages.ts'

/** The document as it is committed; a test keeps it what the service says. */
export function committedDocument(): OpenApi {
  return JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../../docs/openapi.json'), 'utf8'))
}

/** In plain words, one for each thing to mend; none if the language is whole. */
export function problemsOf(language: Language, folder = contentFolder): string[] {
  const structure = structureOf(committedDocument())
  const nouns = structure.nouns.map(({ name }) => name)
  const own = path.join(folder, language.code)
  const missing = missingFiles(own, nouns)
  if (missing.length > 0) return missing.map(file => `${file} is missing`)
  const content = readContent(language, own, nouns)
  const english = readContent(source, path.join(folder, source.code), nouns)
  const others = languages
    .filter(other => other.code !== language.code && existsSync(path.join(folder, other.code)))
    .filter(other => missingFiles(path.join(folder, other.code), nouns).length === 0)
    .map(other => readContent(other, path.join(folder, other.code), nouns))
  return [
    ...rendered(content),
    ...plurals(content),
    ...strayDigits(content),
    ...(language.code === source.code
      ? []
      : [...differencesOfTexts(english, content), ...differencesOfPages(english, content)]),
    ...others.flatMap(other => sameTexts(content, other)),
    ...vainExceptions(content, others),
  ]
}

/** Makes every page, and sees which texts were asked for and where the links lead. */
function rendered(content: Content): string[] {
  const { prose, language } = content
  const document = committedDocument()
  const codes = codesOf(document)
  const errors = Object.fromEntries(codes.map(code => [code, { status: 400 }]))
  const parts = { structure: structureOf(document), errors, answers: readAnswers(), assets: readAssets() }
  const edition = new Edition(content, parts)
  prose.missing = new Set()
  const problems: string[] = []
  const pages = new Map<string, string>()
  for (const page of edition.pages) {
    try {
      pages.set(page, edition.read(page, languages) ?? '')
    } catch (error) {
      problems.push(`${page}: ${(error as Error).message}`)
    }
  }
  if (problems.length > 0) return problems
  for (const query of ['', 'snapshot', '\u{1f9ca}']) edition.search(query, languages)
  prose.plural('messages.search.found', 1)
  edition.notFound(languages)
  const unused = [...prose.texts.keys()].filter(key => !prose.used.has(key))
  return [
    ...[...prose.missing].map(key => `"${key}" is missing`),
    ...unused.map(key => `"${key}" is not used`),
    ...deadLinks(language, pages),
  ]
}

function codesOf(document: OpenApi): string[] {
  return (document.components.schemas['Problem']?.properties?.['code']?.enum ?? []).map(String)
}

function deadLinks({ code }: Language, pages: ReadonlyMap<string, string>): string[] {
  const problems: string[] = []
  const anchors = new Map([...pages].map(([page, text]) => [page, new Set(matches(text, / id="([^"]+)"/g))]))
  for (const [page, text] of pages) {
    for (const href of matches(text, /<a [^>]*?href="([^"]+)"/g)) {
      const [address = '', anchor] = href.split('#')
      const prefix = `/docs/${code}/`
      if (address !== '' && !address.startsWith(prefix)) continue
      const target = address === '' ? page : address.slice(prefix.length, -1) || 'home'
      if (target === 'search') continue
      if (anchor !== undefined && !anchors.get(target)?.has(anchor)) problems.push(`${page}: "${href}" leads nowhere`)
    }
    const ids = matches(text, / id="([^"]+)"/g)
    problems.push(...ids.filter((id, at) => ids.indexOf(id) !== at).map(id => `${page}: "#${id}" is there twice`))
  }
  return problems
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, group = '']) => group)
}

/** Where one form is written all must be, and no other. */
function plurals({ language, prose }: Content): string[] {
  const forms = pluralFormsOf(language)
  const groups = new Map<string, string[]>()
  for (const key of prose.texts.keys()) {
    const [, group, form] = /^(.*)\.(zero|one|two|few|many|other)$/.exec(key) ?? []
    if (group !== undefined && form !== undefined) groups.set(group, [...(groups.get(group) ?? []), form])
  }
  return [...groups].flatMap(([group, there]) =>
    there.toSorted().join() === forms.join() ? [] : [`"${group}" needs the forms ${forms.join(', ')}`],
  )
}

if (import.meta.main) {
  const [code = ''] = process.argv.slice(2)
  const language = languageOf(code)
  if (!language) {
    console.error(`Which language? One of ${languages.map(one => one.code).join(', ')}.`)
    process.exit(2)
  }
  const problems = problemsOf(language)
  for (const problem of problems) console.log(problem)
  console.log(problems.length === 0 ? `${language.name}: all is well.` : `${problems.length} to mend.`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
