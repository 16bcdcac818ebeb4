/**
 * An operation of the OpenAPI document as cURL, Python and JavaScript. Nothing but text, and nothing of Node: it runs in
 * a browser as well. Python needs its standard library alone, JavaScript any Node from 18 on or a browser; the token is
 * taken from the environment, so that no sample ever holds one.
 */
import type { Operation } from './document.ts'

export const sampleLanguages = ['curl', 'python', 'javascript'] as const
export type SampleLanguage = (typeof sampleLanguages)[number]

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** A request that can be made as it is. */
export interface Call {
  readonly method: string
  /** With the query. */
  readonly url: string
  readonly body?: Json
  readonly needsToken: boolean
  /** Whether the answer has a body. */
  readonly answers: boolean
  /** Whether it has one that does not end. */
  readonly streams?: boolean
}

export interface Filling {
  /** Scheme, host and port, without a slash at the end. */
  readonly origin: string
  /** By name, for path, query and body: `server_id`. What is not named is as in the document's examples, ids are 1. */
  readonly values?: Readonly<Record<string, Json>>
}

const NO_CONTENT = 204

/** What it takes, and of what may be left away that for which the document has an example. */
export function callOf(operation: Operation, { origin, values = {} }: Filling): Call {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name] ?? 1)))
  const query = operation.parameters
    .filter(parameter => parameter.in === 'query' && parameter.example !== undefined)
    .map(({ name, example }) => `${name}=${encodeURIComponent(String(values[name] ?? example))}`)
  const { body } = operation
  return {
    method: operation.method,
    url: `${origin}${path}${query.length > 0 ? `?${query.join('&')}` : ''}`,
    ...(body ? { body: filled(body.example ?? {}, values) } : {}),
    needsToken: operation.access !== 'public',
    answers: operation.responses.every(({ status }) => status !== NO_CONTENT),
    ...(operation.responses.some(({ isStream }) => isStream) ? { streams: true } : {}),
  }
}

export function sample(call: Call, language: SampleLanguage): string {
  return writers[language](call)
}

const writers: Record<SampleLanguage, (call: Call) => string> = { curl, python, javascript }

function curl({ method, url, body, needsToken, streams }: Call): string {
  const parts = [
    streams ? 'curl --no-buffer' : method === 'GET' ? 'curl' : `curl -X ${method}`,
    // A shell would take a question mark for a pattern, and an ampersand for an end.
    /[?&]/.test(url) ? `"${url}"` : url,
    needsToken ? '-H "Authorization: Bearer $RESTPOINT_TOKEN"' : '',
    body === undefined ? '' : '-H "Content-Type: application/json"',
    body === undefined ? '' : `-d '${written(body, json).replaceAll("'", `'\\''`)}'`,
  ].filter(part => part !== '')
  const [command, target, ...options] = parts
  return `${[`${command} ${target}`, ...options].join(' \\\n  ')}\n`
}

function python({ method, url, body, needsToken, answers, streams = false }: Call): string {
  const headers = [
    needsToken ? `"Authorization": "Bearer " + os.environ["RESTPOINT_TOKEN"],` : '',
    body === undefined ? '' : `"Content-Type": "application/json",`,
  ].filter(line => line !== '')
  const uses = [(answers && !streams) || body !== undefined ? 'json' : '', needsToken ? 'os' : '', 'urllib.request']
  const lines = [
    ...uses.filter(name => name !== '').map(name => `import ${name}`),
    '',
    'request = urllib.request.Request(',
    `    "${url}",`,
    method === 'GET' ? '' : `    method="${method}",`,
    headers.length > 0 ? `    headers={\n${headers.map(line => `        ${line}`).join('\n')}\n    },` : '',
    body === undefined ? '' : `    data=json.dumps(${written(body, pythonic, 1)}).encode(),`,
    ')',
    'with urllib.request.urlopen(request) as response:',
    ...(streams
      ? ['    for line in response:', '        print(line.decode(), end="", flush=True)']
      : [answers ? '    print(json.load(response))' : '    print(response.status)']),
  ]
  return `${lines.filter((line, index) => line !== '' || index === uses.filter(name => name !== '').length).join('\n')}\n`
}

function javascript({ method, url, body, needsToken, answers, streams = false }: Call): string {
  const headers = [
    needsToken ? 'Authorization: `Bearer ${process.env.RESTPOINT_TOKEN}`,' : '',
    body === undefined ? '' : `'Content-Type': 'application/json',`,
  ].filter(line => line !== '')
  const options = [
    method === 'GET' ? '' : `  method: '${method}',`,
    headers.length > 0 ? `  headers: {\n${headers.map(line => `    ${line}`).join('\n')}\n  },` : '',
    body === undefined ? '' : `  body: JSON.stringify(${written(body, scripted, 1)}),`,
  ].filter(line => line !== '')
  const call = options.length > 0 ? `fetch('${url}', {\n${options.join('\n')}\n})` : `fetch('${url}')`
  const end = streams
    ? 'const decoder = new TextDecoder()\nfor await (const piece of response.body) console.log(decoder.decode(piece, { stream: true }))'
    : answers
      ? 'console.log(await response.json())'
      : 'console.log(response.status)'
  return `const response = await ${call}\nif (!response.ok) throw new Error(await response.text())\n${end}\n`
}

/** How a language writes what JSON can say. */
interface Notation {
  readonly indent: number
  readonly plain: (value: null | boolean | number | string) => string
  readonly key: (name: string) => string
  /** After the last of several lines. */
  readonly comma: string
  /** Inside the braces of one line. */
  readonly space: string
}

const json: Notation = { indent: 2, plain: JSON.stringify, key: JSON.stringify, comma: '', space: '' }

const pythonic: Notation = {
  indent: 4,
  plain: value =>
    value === null ? 'None' : typeof value === 'boolean' ? (value ? 'True' : 'False') : JSON.stringify(value),
  key: JSON.stringify,
  comma: ',',
  space: '',
}

const scripted: Notation = {
  indent: 2,
  plain: value => (typeof value === 'string' && !/['\\\n]/.test(value) ? `'${value}'` : JSON.stringify(value)),
  key: name => (/^[A-Za-z_]\w*$/.test(name) ? name : `'${name}'`),
  comma: ',',
  space: ' ',
}

/** On one line where it is short enough, else a line for each member. */
function written(value: Json, notation: Notation, depth = 0): string {
  const line = inOneLine(value, notation)
  if (line.length <= 60 || value === null || typeof value !== 'object') return line
  const pad = ' '.repeat(notation.indent * (depth + 1))
  const [open, members, close] = Array.isArray(value)
    ? ['[', value.map(member => written(member, notation, depth + 1)), ']']
    : [
        '{',
        Object.entries(value).map(([name, member]) => `${notation.key(name)}: ${written(member, notation, depth + 1)}`),
        '}',
      ]
  return `${open}\n${members.map(member => pad + member).join(',\n')}${notation.comma}\n${' '.repeat(notation.indent * depth)}${close}`
}

function inOneLine(value: Json, notation: Notation): string {
  if (value === null || typeof value !== 'object') return notation.plain(value)
  if (Array.isArray(value)) return `[${value.map(member => inOneLine(member, notation)).join(', ')}]`
  const members = Object.entries(value).map(([name, member]) => `${notation.key(name)}: ${inOneLine(member, notation)}`)
  return members.length === 0 ? '{}' : `{${notation.space}${members.join(', ')}${notation.space}}`
}

function filled(value: Json, values: Readonly<Record<string, Json>>): Json {
  if (Array.isArray(value)) return value.map(member => filled(member, values))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name in values ? (values[name] as Json) : filled(member, values),
    ]),
  )
}
