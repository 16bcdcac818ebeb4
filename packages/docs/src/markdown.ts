/** Markdown of ours as HTML. What translators write holds no HTML and no code blocks; links name pages. */
import { Marked, type Tokens } from 'marked'
import { escape, type Html, raw } from './html.ts'

export interface Heading {
  readonly level: number
  readonly id: string
  readonly title: string
}

export interface Rendered {
  readonly body: Html
  readonly headings: readonly Heading[]
}

export interface Linking {
  /** `errors#server_busy` → where that is. Throws for a page that is not there. */
  readonly link: (target: string) => string
}

const HEADING = /^(.*?)\s*\{#([\w.-]+)\}$/s

/** @throws Error for raw HTML, code blocks, pictures and headings without an `{#id}` */
export function renderMarkdown(text: string, linking: Linking): Rendered {
  const headings: Heading[] = []
  const marked = markedFor(linking, headings)
  return { body: raw(marked.parse(text, { async: false })), headings }
}

/** One paragraph, without a paragraph's tags. */
export function renderInline(text: string, linking: Linking): Html {
  return raw(markedFor(linking, []).parseInline(text, { async: false }))
}

/** Without its marks: for titles and descriptions. */
export function plainText(text: string): string {
  return text
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[`*]/g, '')
    .trim()
}

function markedFor({ link }: Linking, headings: Heading[]): Marked {
  return new Marked({
    renderer: {
      // Whatever runs from right to left around it, code does not.
      codespan: ({ text }: Tokens.Codespan) => `<code dir="ltr">${escape(text)}</code>`,
      heading({ tokens, depth, text }: Tokens.Heading) {
        const [, , id] = HEADING.exec(text) ?? []
        if (id === undefined) throw new Error(`the heading "${text}" has no {#id}`)
        const inner = this.parser.parseInline(tokens).replace(/\s*\{#[\w.-]+\}$/, '')
        headings.push({ level: depth, id, title: plainText(text.replace(HEADING, '$1')) })
        return `<h${depth} id="${escape(id)}">${inner}</h${depth}>\n`
      },
      link({ href, tokens }: Tokens.Link) {
        const inner = this.parser.parseInline(tokens)
        const isAway = /^https?:\/\//.test(href)
        return `<a href="${escape(isAway || href.startsWith('/') ? href : link(href))}">${inner}</a>`
      },
      table({ header, rows }: Tokens.Table) {
        // A corner without a word: then the first column says what its rows are about.
        const namesRows = header[0]?.text === ''
        const cell = (tag: string, { tokens }: Tokens.TableCell) =>
          `<${tag}>${this.parser.parseInline(tokens)}</${tag.split(' ')[0]}>`
        const row = (cells: string[]) => `<tr>${cells.join('')}</tr>`
        const head = row(header.map(one => cell(one.text === '' ? 'td' : 'th scope="col"', one)))
        const body = rows.map(cells =>
          row(cells.map((one, index) => cell(namesRows && index === 0 ? 'th scope="row"' : 'td', one))),
        )
        return `<table><thead>${head}</thead><tbody>${body.join('')}</tbody></table>\n`
      },
      html({ text }: Tokens.HTML | Tokens.Tag): string {
        throw new Error(`HTML is not allowed here: ${text}`)
      },
      code({ text }: Tokens.Code): string {
        throw new Error(`a code block is a {sample …}: ${text}`)
      },
      image({ href }: Tokens.Image): string {
        throw new Error(`no pictures here: ${href}`)
      },
    },
  })
}
