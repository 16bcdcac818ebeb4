/** Samples and answers as HTML: tabs that need no script, and ids that a script can put the reader's own in the place of. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Prose } from './content.ts'
import type { Operation } from './document.ts'
import { escape, type Html, html, raw } from './html.ts'
import { callOf, type Json, type SampleLanguage, sample, sampleLanguages } from './samples.ts'

/** Stands for this server's address until a page is sent. */
export const ORIGIN = 'https://restpoint.example'

export const snippetFolder = path.resolve(import.meta.dirname, '../snippets')

const names: Record<SampleLanguage, string> = { curl: 'cURL', python: 'Python', javascript: 'JavaScript' }
const extensions: Record<SampleLanguage, string> = { curl: 'sh', python: 'py', javascript: 'mjs' }

export type Samples = Record<SampleLanguage, string>

export function samplesOf(operation: Operation): Samples {
  const call = callOf(operation, { origin: ORIGIN })
  return inEach(language => sample(call, language))
}

/** Written by hand, for the pages that are about more than one request. @throws ENOENT */
export function snippet(name: string): Samples {
  return inEach(language => readFileSync(path.join(snippetFolder, `${name}.${extensions[language]}`), 'utf8'))
}

function inEach(make: (language: SampleLanguage) => string): Samples {
  return Object.fromEntries(sampleLanguages.map(language => [language, make(language)])) as Samples
}

/** `id`: of this sample, once a page. `name`: of its operation or its files. */
export function renderSamples(prose: Prose, id: string, name: string, title: string, samples: Samples): Html {
  return html`<fieldset class="sample" data-sample="${name}">
<legend class="away">${prose.get('messages.sample.of', { title })}</legend>
<div class="tabs">${sampleLanguages.map(
    (language, index) =>
      html`<input type="radio" name="sample-${id}" id="sample-${id}-${language}" value="${language}"${index === 0 && raw(' checked')}><label for="sample-${id}-${language}" dir="ltr">${names[language]}</label>`,
  )}</div>
${sampleLanguages.map(
  language =>
    html`<pre class="panel ${language}" data-language="${names[language]}" dir="ltr"><code>${paint(samples[language])}</code></pre>`,
)}
</fieldset>
`
}

export function renderAnswer(prose: Prose, answer: Json): Html {
  return html`<figure class="answer"><figcaption>${prose.get('messages.sample.answer')}</figcaption><pre dir="ltr"><code>${paint(indented(answer))}</code></pre></figure>`
}

/** As JSON, on lines that are not longer than need be. */
function indented(value: Json, depth = 0): string {
  const line = inOneLine(value)
  if (value === null || typeof value !== 'object' || (depth > 0 && line.length + depth * 2 <= 56)) return line
  const pad = '  '.repeat(depth + 1)
  const end = '  '.repeat(depth)
  if (Array.isArray(value)) return `[\n${value.map(member => pad + indented(member, depth + 1)).join(',\n')}\n${end}]`
  const members = Object.entries(value).map(
    ([name, member]) => `${pad}${JSON.stringify(name)}: ${indented(member, depth + 1)}`,
  )
  return `{\n${members.join(',\n')}\n${end}}`
}

function inOneLine(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(inOneLine).join(', ')}]`
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}: ${inOneLine(member)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

/** What is requested by id: the last part of the path before it → the name that the API has for such an id. */
const collections: Readonly<Record<string, string>> = {
  servers: 'server_id',
  snapshots: 'snapshot_id',
  images: 'image_id',
  operations: 'operation_id',
  tokens: 'token_id',
  accounts: 'account_id',
}
const inPath = new RegExp(`(/api/v1/|")(${Object.keys(collections).join('|')})/1(?=/)`, 'g')
/** Of one thing that is in another. */
const inExec = /(\/exec\/)1(?=\/)/g
const inBody = /("?)\b(server_id|snapshot_id|image_id)\1(: ?|=)1(?!\d)/g
/** Of the private use area: in no text of ours. */
const [OPEN, MIDDLE, CLOSE] = ['\uE000', '\uE001', '\uE002']

/** Strings stand out a little, and each id that the reader may have one of his own for is marked. */
function paint(text: string): Html {
  const marked = text
    .replace(
      inPath,
      (_, start: string, noun: string) => `${start}${noun}/${OPEN}${collections[noun]}${MIDDLE}1${CLOSE}`,
    )
    .replace(inExec, (_, start: string) => `${start}${OPEN}execution_id${MIDDLE}1${CLOSE}`)
    .replace(
      inBody,
      (_, quote: string, name: string, sign: string) =>
        `${quote}${name}${quote}${sign}${OPEN}${name}${MIDDLE}1${CLOSE}`,
    )
  const coloured = marked
    .split(/("(?:[^"\\\n]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)/)
    .map((piece, index) => (index % 2 === 1 ? `<i>${escape(piece)}</i>` : escape(piece)))
    .join('')
  return raw(
    coloured.replace(
      new RegExp(`${OPEN}(\\w+)${MIDDLE}(\\d+)${CLOSE}`, 'g'),
      (_, name: string, value: string) => `<b data-id="${name}">${value}</b>`,
    ),
  )
}
