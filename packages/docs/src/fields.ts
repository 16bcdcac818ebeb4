/** Fields of a body or an object: name, type and limits from the document, and what is said of each. */
import type { Field, Parameter, Thing, Type } from './document.ts'
import { type Html, html, type Part } from './html.ts'
import { renderInline, renderMarkdown } from './markdown.ts'
import type { Rendering } from './reference.ts'

/** What is sent says what must be there, what is answered what may be missing: the rest is the rule. */
export type Direction = 'sent' | 'answered'

export interface FieldList {
  readonly fields: readonly Field[]
  readonly direction: Direction
  /** Of the list, once a page: the ids of the fields begin with it. */
  readonly id: string
  /** Where the text of a field may be, the most particular place first. */
  readonly keysOf: (path: string) => readonly string[]
}

export function renderFields(rendering: Rendering, { fields, direction, id, keysOf }: FieldList): Html {
  return html`<dl class="fields">${fields.map(field => {
    const { path, name, depth, type } = field
    const above = depth > 0 && html`<span class="dim">${path.slice(0, -name.length)}</span>`
    return html`<div${depth > 0 && html` class="depth-${depth}"`}><dt id="${id}.${path}"><code dir="ltr">${above}${name}</code> ${presence(rendering, field.required, direction)}${typeLine(rendering, type)}</dt>
<dd>${renderInline(rendering.prose.get(keysOf(path)), rendering)}</dd></div>
`
  })}</dl>`
}

/** `id`: as of a list of fields. `keysOf`: by the name of a parameter. */
export function renderParameters(
  rendering: Rendering,
  parameters: readonly Parameter[],
  id: string,
  keysOf: (name: string) => readonly string[],
): Html {
  const { prose } = rendering
  return html`<dl class="fields">${parameters.map(
    ({
      name,
      in: place,
      required,
      type,
    }) => html`<div><dt id="${id}${name}"><code dir="ltr">${shownName(name, place)}</code> <span>${prose.get(`messages.reference.in.${place}`)}</span> ${presence(rendering, required, 'sent')}${typeLine(rendering, type)}</dt>
<dd>${renderInline(prose.get(keysOf(name)), rendering)}</dd></div>
`,
  )}</dl>`
}

/** Headers are written so by everybody, whatever their case in the document. */
export function shownName(name: string, place: Parameter['in']): string {
  return place === 'header' ? name.replace(/(^|-)[a-z]/g, letter => letter.toUpperCase()) : name
}

/** An object that answers are made of. `home`: the file of its texts. */
export function renderThing(rendering: Rendering, { name, base, fields }: Thing, home: string): Html {
  const { prose } = rendering
  const own = `reference/${home}.objects.${name}`
  const keysOf = (path: string) => [`${own}.fields.${path}`, `reference/common.fields.${path}`]
  const inherited =
    base !== undefined && prose.get('messages.reference.base', { base: `[\`${base}\`](${targetOf(rendering, base)})` })
  return html`<section class="object" aria-labelledby="${name}">
<h2 id="${name}"><code dir="ltr">${name}</code></h2>
${renderMarkdown(prose.get(`${own}.text`), rendering).body}
${inherited && html`<p>${renderInline(inherited, rendering)}</p>`}
${renderFields(rendering, { fields, direction: 'answered', id: name, keysOf })}
</section>
`
}

/** The link of an object that is told somewhere. */
export function objectLink(rendering: Rendering, object: string, text = object): Html {
  return html`<a class="type" href="${rendering.link(targetOf(rendering, object))}" dir="ltr">${text}</a>`
}

function targetOf({ structure }: Rendering, object: string): string {
  const home = structure.homes.get(object)
  return `${home === undefined ? 'reference' : `reference/${home}`}#${object}`
}

function presence({ prose }: Rendering, required: boolean, direction: Direction): Part {
  if (direction === 'sent') return required && html`<strong>${prose.get('messages.reference.required')}</strong> `
  return !required && html`<span>${prose.get('messages.reference.optional')}</span> `
}

/** Told once, with what each of them allows. */
const SOME_PERMISSION = 'snapshots:read'

/** What it is, how large it may be, and which values it may have. */
function typeLine(rendering: Rendering, type: Type): Html {
  const { prose, link } = rendering
  const { limits, values, pattern, object, text } = type
  const isPermissions = values.includes(SOME_PERMISSION)
  const parts: Part[] = [
    object === undefined ? html`<span class="type" dir="ltr">${text}</span>` : objectLink(rendering, object, text),
    range(type) !== undefined && html`<span dir="ltr">${range(type)}</span>`,
    limits.maxLength !== undefined && prose.plural('messages.reference.characters', limits.maxLength),
    limits.maxItems !== undefined && prose.plural('messages.reference.items', limits.maxItems),
    isPermissions &&
      html`<a href="${link('reference#permissions')}">${prose.get('messages.reference.permissions')}</a>`,
    ...(isPermissions ? [] : values.map(value => html`<code dir="ltr">${value}</code>`)),
    pattern !== undefined && html`<code class="pattern" dir="ltr">${pattern}</code>`,
  ]
  return html`${parts.filter(part => part !== false).map((part, index) => [index > 0 && ' ', part])}`
}

/** Beyond it a number is no safe integer: no limit that anybody would meet. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER

function range({ limits: { minimum, maximum } }: Type): string | undefined {
  const most = maximum === NO_LIMIT ? undefined : maximum
  if (minimum !== undefined && most !== undefined) return `${minimum} – ${most}`
  if (minimum !== undefined) return `≥ ${minimum}`
  return most === undefined ? undefined : `≤ ${most}`
}
