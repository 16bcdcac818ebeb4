/** A page of Markdown, with samples where a line says so: `{sample NAME}`, `{answer NAME}`, `{errors}`, `{operations}`. */
import { renderAnswer, renderSamples, samplesOf, snippet } from './code.ts'
import { renderParameters, renderThing } from './fields.ts'
import { type Html, html } from './html.ts'
import { type Heading, plainText, renderInline, renderMarkdown } from './markdown.ts'
import { isCommon, type Rendering, signature } from './reference.ts'

const DIRECTIVE = /^\{(\w+)(?: ([\w-]+))?\}$/

export interface ProsePage {
  readonly title: string
  /** The first paragraph, without marks. */
  readonly description: string
  readonly main: Html
  readonly headings: readonly Heading[]
}

export interface Catalogue {
  readonly [code: string]: { readonly status: number }
}

export function renderProsePage(rendering: Rendering, text: string, errors: Catalogue): ProsePage {
  const headings: Heading[] = []
  const pieces: Html[] = []
  let lines: string[] = []
  const flush = () => {
    if (lines.every(line => line.trim() === '')) return
    const rendered = renderMarkdown(lines.join('\n'), rendering)
    headings.push(...rendered.headings)
    pieces.push(rendered.body)
    lines = []
  }
  let samples = 0
  for (const line of text.split('\n')) {
    const [, kind, name = ''] = DIRECTIVE.exec(line) ?? []
    if (kind === undefined) {
      lines.push(line)
      continue
    }
    flush()
    lines = []
    pieces.push(directive(kind, name, samples++))
  }
  flush()
  const [first] = headings
  if (first?.level !== 1) throw new Error(`a page begins with "# Title {#top}"; this one with "${text.slice(0, 40)}"`)
  return { title: first.title, description: descriptionOf(text), main: html`${pieces}`, headings }

  function directive(kind: string, name: string, index: number): Html {
    const { prose, answers } = rendering
    if (kind === 'sample') {
      const operation = operationsOf(rendering).find(({ id }) => id === name)
      const title = headings.at(-1)?.title ?? ''
      return renderSamples(prose, String(index), name, title, operation ? samplesOf(operation) : snippet(name))
    }
    const answer = answers[name]
    if (kind === 'answer' && answer !== undefined) return renderAnswer(prose, answer)
    if (kind === 'errors') return errorList(rendering, errors)
    if (kind === 'parameters') return parameterList(rendering)
    if (kind === 'operations') return operationList(rendering)
    if (kind === 'objects') {
      return html`${rendering.structure.shared.map(thing => renderThing(rendering, thing, 'common'))}`
    }
    throw new Error(`there is nothing for "{${kind} ${name}}"`)
  }
}

function operationsOf({ structure }: Rendering) {
  return structure.nouns.flatMap(({ operations }) => operations)
}

function descriptionOf(text: string): string {
  const paragraph = text.split(/\n\s*\n/).find(block => /^[^#{>|\s-]/.test(block.trim())) ?? ''
  return plainText(paragraph.replaceAll('\n', ' '))
}

/** Every code, in the order of the catalogue, with the operations that answer with it where these are not all. */
function errorList(rendering: Rendering, errors: Catalogue): Html {
  const { prose, link } = rendering
  const inline = (key: string) => renderInline(prose.get(key), { link })
  return html`<div class="errors">${Object.entries(errors).map(([code, { status }]) => {
    const asked = operationsOf(rendering).filter(({ responses }) => responses.some(({ codes }) => codes.includes(code)))
    const isOfFew = asked.length > 0 && asked.length <= 12
    return html`<section class="error" aria-labelledby="${code}">
<h3 id="${code}"><code dir="ltr">${code}</code></h3>
<p class="what"><code class="status" dir="ltr">${status}</code> <strong>${prose.get(`errors.${code}.title`)}</strong></p>
<p>${inline(`errors.${code}.meaning`)}</p>
<p class="remedy"><span class="dim">${prose.get('messages.errors.remedy')}</span> ${inline(`errors.${code}.remedy`)}</p>
${isOfFew && html`<p class="dim">${prose.get('messages.errors.operations')} ${asked.map(({ id, noun }, index) => html`${index > 0 && ' '}<a class="chip" href="${link(`reference/${noun}#${id}`)}" dir="ltr">${id}</a>`)}</p>`}
</section>
`
  })}</div>`
}

/** Those that many operations understand, each once. */
function parameterList(rendering: Rendering): Html {
  const common = operationsOf(rendering).flatMap(({ parameters }) => parameters.filter(isCommon))
  const byName = new Map(common.map(parameter => [parameter.name, parameter]))
  return renderParameters(rendering, [...byName.values()], 'parameter.', name => [
    `reference/common.parameters.${name}`,
  ])
}

/** Everything that can be asked, a noun after the other. */
function operationList({ prose, structure, link }: Rendering): Html {
  return html`${structure.nouns.map(
    ({
      name,
      operations,
    }) => html`<h3 id="calls-${name}"><a href="${link(`reference/${name}`)}">${prose.get(`reference/${name}.title`)}</a></h3>
<ul class="calls">${operations.map(
      operation => html`<li><a href="${link(`reference/${name}#${operation.id}`)}">${signature(operation)} <span>${prose.get(`reference/${name}.operations.${operation.id}.title`)}</span></a></li>
`,
    )}</ul>
`,
  )}`
}
