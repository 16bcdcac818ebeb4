/** A page about one noun: its operations, the request beside what is said of it, then its objects. */
import { renderAnswer, renderSamples, samplesOf } from './code.ts'
import type { Prose } from './content.ts'
import type { Noun, Operation, Parameter, Response, Structure } from './document.ts'
import { objectLink, renderFields, renderParameters, renderThing, shownName } from './fields.ts'
import { type Html, html, type Part } from './html.ts'
import { type Heading, renderInline, renderMarkdown } from './markdown.ts'
import type { Json } from './samples.ts'

export interface Rendering {
  readonly prose: Prose
  readonly structure: Structure
  /** Operation → an answer to its sample. */
  readonly answers: Readonly<Record<string, Json>>
  /** See `Linking`. */
  readonly link: (target: string) => string
}

/** Everybody's: on the page about all of them, and here only named. */
const commonCodes = [
  'invalid_request',
  'unauthenticated',
  'permission_denied',
  'not_found',
  'body_too_large',
  'unsupported_media_type',
  'rate_limited',
  'internal_error',
  'unavailable',
]

/** The same wherever they are understood; where the path has one of these names, it is another. */
export function isCommon({ name, in: place }: Parameter): boolean {
  if (place === 'header') return true
  return place === 'query' && ['limit', 'offset', 'account_id', 'dry_run'].includes(name)
}

export function renderNoun(rendering: Rendering, noun: Noun): { readonly main: Html; readonly headings: Heading[] } {
  const { prose } = rendering
  const about = (key: string) => `reference/${noun.name}.${key}`
  const title = (operation: Operation) => prose.get(about(`operations.${operation.id}.title`))
  const main = html`<h1 id="top">${prose.get(about('title'))}</h1>
<div class="lead">${renderMarkdown(prose.get(about('text')), rendering).body}</div>
<ul class="calls">${noun.operations.map(
    operation =>
      html`<li><a href="#${operation.id}">${signature(operation)} <span>${title(operation)}</span></a></li>
`,
  )}</ul>
${noun.operations.map(operation => renderOperation(rendering, operation))}
${noun.objects.map(thing => renderThing(rendering, thing, noun.name))}`
  return {
    main,
    headings: [
      ...noun.operations.map(operation => ({ level: 2, id: operation.id, title: title(operation) })),
      ...noun.objects.map(({ name }) => ({ level: 2, id: name, title: name })),
    ],
  }
}

export function signature({ method, path }: Operation): Html {
  return html`<code class="call" dir="ltr"><b class="method">${method}</b> ${path}</code>`
}

function renderOperation(rendering: Rendering, operation: Operation): Html {
  const { prose } = rendering
  const { id, noun, body } = operation
  const own = `reference/${noun}.operations.${id}`
  const title = prose.get(`${own}.title`)
  const answer = rendering.answers[id]
  const part = (name: string, content: Part) =>
    html`<h3 id="${id}.${name}">${prose.get(`messages.reference.${name}`)}</h3>
${content}`
  const bodyKeys = (path: string) => [`${own}.body.${path}`, `reference/common.body.${path}`]
  return html`<section class="operation" aria-labelledby="${id}">
<div class="said">
<h2 id="${id}">${title}</h2>
<p class="line">${signature(operation)}</p>
${renderMarkdown(prose.get(`${own}.text`), rendering).body}
<p class="access">${access(rendering, operation)}</p>
${operation.parameters.length > 0 && part('parameters', parameters(rendering, operation))}
${body && part('body', renderFields(rendering, { fields: body.fields, direction: 'sent', id: `${id}.body`, keysOf: bodyKeys }))}
${part('responses', responses(rendering, operation))}
</div>
<div class="shown">
${renderSamples(prose, id, id, title, samplesOf(operation))}
${answer !== undefined && renderAnswer(prose, answer)}
</div>
</section>
`
}

function access(rendering: Rendering, { access: needed }: Operation): Html {
  const said = (key: string) => rendering.prose.get(`messages.reference.access.${key}`, { permission: needed })
  if (needed === 'public' || needed === 'token') return html`${said(needed)}`
  return renderInline(said('permission'), rendering)
}

/** Its own, then the names of those that are told once for all. */
function parameters(rendering: Rendering, { id, noun, parameters: all }: Operation): Html {
  const own = all.filter(parameter => !isCommon(parameter))
  const common = all.filter(isCommon)
  const keysOf = (name: string) => [
    `reference/${noun}.operations.${id}.parameters.${name}`,
    `reference/common.parameters.${name}`,
  ]
  return html`${own.length > 0 && renderParameters(rendering, own, `${id}.`, keysOf)}
${
  common.length > 0 &&
  html`<p class="dim"><a href="${rendering.link('reference#parameters')}">${rendering.prose.get('messages.reference.sharedParameters')}</a> ${common.map(({ name, in: place }) => html`<code class="chip" dir="ltr">${shownName(name, place)}</code> `)}</p>`
}`
}

function responses(rendering: Rendering, operation: Operation): Html {
  const { prose, link } = rendering
  const { id, noun } = operation
  const own = `reference/${noun}.operations.${id}`
  const good = operation.responses.filter(({ codes }) => codes.length === 0)
  const codes = operation.responses.flatMap(response => response.codes.map(code => ({ code, status: response.status })))
  const shared = codes.filter(({ code }) => commonCodes.includes(code))
  return html`<dl class="fields">${good.map(response => {
    const { status, objects, fields, headers } = response
    // An object that is the same answer everywhere is told once.
    const text = prose.get([`${own}.responses.${status}`, `reference/common.responses.${objects[0]}`])
    const keysOf = (path: string) => [`${own}.fields.${path}`, `reference/common.fields.${path}`]
    return html`<div><dt><code dir="ltr">${status}</code> ${bodyOf(rendering, response)}</dt>
<dd>${renderInline(text, rendering)}
${headers.length > 0 && html`<p class="dim">${prose.get('messages.reference.responseHeaders')} ${headers.map(name => html`<a class="chip" href="${link(`reference#${name.toLowerCase()}`)}" dir="ltr">${name}</a> `)}</p>`}
${fields.length > 0 && renderFields(rendering, { fields, direction: 'answered', id: `${id}.${status}`, keysOf })}</dd></div>
`
  })}
${codes
  .filter(({ code }) => !commonCodes.includes(code))
  .map(
    ({
      code,
      status,
    }) => html`<div><dt><code dir="ltr">${status}</code> <a href="${link(`errors#${code}`)}"><code dir="ltr">${code}</code></a></dt>
<dd>${prose.get(`errors.${code}.title`)}</dd></div>
`,
  )}</dl>
${
  shared.length > 0 &&
  html`<p class="dim"><a href="${link('reference#failures')}">${prose.get('messages.reference.sharedCodes')}</a> ${shared.map(({ code, status }) => html`<code class="chip" dir="ltr">${status} ${code}</code> `)}</p>`
}`
}

function bodyOf(rendering: Rendering, { objects, isList }: Response): Part {
  return objects.map((object, index) => [
    index > 0 && ' | ',
    objectLink(rendering, object, isList ? `${object}[]` : object),
  ])
}
