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
      table(token: Tokens.Table) {
        const row = (cells: Tokens.TableCell[], tag: string) =>
          `<tr>${cells.map(cell => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('')}</tr>`
        const head = row(token.header, 'th scope="col"').replaceAll('</th scope="col">', '</th>')
        return `<table><thead>${head}</thead><tbody>${token.rows.map(cells => row(cells, 'td')).join('')}</tbody></table>\n`
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
