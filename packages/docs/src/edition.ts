/** All pages of one language, each made when it is first asked for. */
import type { Assets } from './assets.ts'
import type { Content } from './content.ts'
import type { Structure } from './document.ts'
import type { Html } from './html.ts'
import { html } from './html.ts'
import type { Language } from './languages.ts'
import { type Frame, layOut } from './layout.ts'
import type { Heading } from './markdown.ts'
import { plainText, renderMarkdown } from './markdown.ts'
import { menuOf, nounPage, pathOf } from './pages.ts'
import { type Catalogue, renderProsePage } from './prose-page.ts'
import { type Rendering, renderNoun } from './reference.ts'
import type { Json } from './samples.ts'
import { entriesOf, SearchIndex } from './search.ts'
import { renderSearch } from './search-page.ts'

export interface EditionParts {
  readonly structure: Structure
  readonly errors: Catalogue
  readonly answers: Readonly<Record<string, Json>>
  readonly assets: Assets
}

interface Page {
  readonly title: string
  readonly description: string
  readonly main: Html
  readonly headings: readonly Heading[]
  readonly wide: boolean
}

export class Edition {
  readonly language: Language
  readonly #content: Content
  readonly #parts: EditionParts
  readonly #pages = new Map<string, Page>()
  readonly #laidOut = new Map<string, string>()
  #index: SearchIndex | undefined

  constructor(content: Content, parts: EditionParts) {
    this.language = content.language
    this.#content = content
    this.#parts = parts
  }

  get pages(): string[] {
    const { guide, reference } = menuOf(this.#nouns)
    return [...guide, ...reference]
  }

  /** As it is sent, but for the server's address; undefined where there is no such page. */
  read(page: string, languages: readonly Language[]): string | undefined {
    if (!this.pages.includes(page)) return undefined
    let text = this.#laidOut.get(page)
    if (text === undefined) {
      text = layOut(this.#frame(languages), { page, ...this.page(page), pathIn: code => pathOf(code, page) })
      this.#laidOut.set(page, text)
    }
    return text
  }

  /** @throws Error for a text that is not there, a link that leads nowhere, and Markdown that is not allowed. */
  page(name: string): Page {
    let page = this.#pages.get(name)
    if (!page) {
      page = this.#render(name)
      this.#pages.set(name, page)
    }
    return page
  }

  search(query: string, languages: readonly Language[]): string {
    const { prose } = this.#content
    this.#index ??= new SearchIndex(
      this.pages.flatMap(name => entriesOf(name, this.page(name).title, this.page(name).main)),
    )
    return layOut(this.#frame(languages), {
      title: prose.get('messages.search.title'),
      description: '',
      main: renderSearch(prose, query, this.#index.find(query)),
      headings: [],
      wide: false,
      query,
      pathIn: code => `${pathOf(code, 'search')}?q=${encodeURIComponent(query)}`,
    })
  }

  notFound(languages: readonly Language[]): string {
    const { prose } = this.#content
    return layOut(this.#frame(languages), {
      title: prose.get('messages.notFound.title'),
      description: '',
      main: html`<h1 id="top">${prose.get('messages.notFound.title')}</h1>
${renderMarkdown(prose.get('messages.notFound.text'), this.#rendering).body}`,
      headings: [],
      wide: false,
      pathIn: code => pathOf(code, 'home'),
    })
  }

  get #nouns(): string[] {
    return this.#parts.structure.nouns.map(({ name }) => name)
  }

  get #rendering(): Rendering {
    return {
      prose: this.#content.prose,
      structure: this.#parts.structure,
      answers: this.#parts.answers,
      link: target => this.#link(target),
    }
  }

  #frame(languages: readonly Language[]): Frame {
    return {
      prose: this.#content.prose,
      assets: this.#parts.assets,
      languages,
      nouns: this.#nouns,
      titleOf: name => this.#titleOf(name),
    }
  }

  #titleOf(name: string): string {
    const noun = this.#nouns.find(one => nounPage(one) === name)
    if (noun !== undefined) return this.#content.prose.get(`reference/${noun}.title`)
    if (name === 'home') return this.#content.prose.get('messages.menu.home')
    return this.page(name).title
  }

  #link(target: string): string {
    const [name = '', anchor] = target.split('#')
    if (name === '') return target
    if (!this.pages.includes(name)) throw new Error(`${this.language.code}: there is no page "${name}" to link to`)
    return `${pathOf(this.language.code, name)}${anchor === undefined ? '' : `#${anchor}`}`
  }

  #render(name: string): Page {
    const { prose, pages } = this.#content
    const noun = this.#parts.structure.nouns.find(one => nounPage(one.name) === name)
    if (noun) {
      const title = prose.get(`reference/${noun.name}.title`)
      const description = plainText(prose.get(`reference/${noun.name}.text`))
      return { title, description, ...renderNoun(this.#rendering, noun), wide: true }
    }
    return { ...renderProsePage(this.#rendering, pages.get(name) ?? '', this.#parts.errors), wide: false }
  }
}
