/** The OpenAPI document as the text of `src/api.ts`: its schemas as types, its calls as types and as a table. */
import { comment, membersOf, type Schema, type Side, typeOf } from './types.ts'

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: Schema
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
}

interface Response extends Content {
  readonly headers?: Readonly<Record<string, unknown>>
}

interface DocumentedCall {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: Content & { readonly required?: boolean }
  readonly responses: Readonly<Record<string, Response>>
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedCall>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

interface Call extends DocumentedCall {
  readonly path: string
  readonly method: string
}

/** What the client sees to by itself. */
const ownHeaders = ['idempotency-key', 'prefer']
/** A dry run is a call of its own, with an answer of its own. */
const DRY_RUN = { parameter: 'dry_run', $ref: '#/components/schemas/DryRun' }

const HEAD = `/**
 * The API's types and calls. Generated from docs/openapi.json by \`npm run sdk\`; not changed by hand. The names are
 * those on the wire.
 */
`

/** @throws Error where the document says something that the client would not heed. */
export function apiText(document: OpenApi): string {
  const schemas = Object.entries(document.components.schemas)
  const calls = Object.entries(document.paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, call]): Call => ({ ...call, path, method: method.toUpperCase() })),
    )
    .filter(call => !isStream(call))
  return [
    HEAD,
    ...schemas.map(([name, schema]) => namedType(name, schema)),
    '/** What each call takes and answers, by its name in the document. */',
    `export interface Calls {\n${calls.map(callType).join('\n')}\n}\n`,
    '/** Where each call goes, and which of its options go into the query. */',
    `export const calls = {\n${calls.map(callRow).join('\n')}\n} as const\n`,
  ].join('\n')
}

/** What does not end is no call: `src/events.ts`. */
function isStream({ responses }: Call): boolean {
  return Object.values(responses).some(({ content = {} }) => 'text/event-stream' in content)
}

function namedType(name: string, schema: Schema): string {
  return `${comment(schema.description)}export interface ${name} ${membersOf(schema, 'reply', name)}\n`
}

function callType(call: Call): string {
  const { operationId: name, summary, description } = call
  const [path, query] = (['path', 'query'] as const).map(place => parametersType(call, place))
  const members = [
    `path: ${path}`,
    `query: ${query}`,
    `body: ${bodyType(call)}`,
    `reply: ${repliesOf(call)
      .map(([status, { content }]) => contentType(content, 'reply', `${name} ${status}`))
      .filter((type, index, all) => all.indexOf(type) === index)
      .join(' | ')}`,
  ]
  return `${comment(`${summary}.`, description)}${name}: {\n${members.join('\n')}\n}`
}

function callRow(call: Call): string {
  const query = parametersOf(call, 'query').map(({ name }) => name)
  const replies = repliesOf(call)
  const startsOperation = replies.some(([, { headers }]) => headers !== undefined && 'Operation-Id' in headers)
  const row = {
    method: call.method,
    path: call.path,
    query,
    replies: replies.map(([status]) => Number(status)),
    startsOperation,
    hasDryRun: (call.parameters ?? []).some(({ name }) => name === DRY_RUN.parameter),
  }
  return `${call.operationId}: ${JSON.stringify(row)},`
}

function parametersType(call: Call, place: 'path' | 'query'): string {
  const parameters = parametersOf(call, place)
  if (parameters.length === 0) return 'Record<never, never>'
  const properties = parameters.map(({ name, schema, description }) => {
    const described = description === undefined ? {} : { description }
    return [name, { ...(isFlag(schema) ? { type: 'boolean' } : schema), ...described }] as const
  })
  const required = parameters.filter(parameter => parameter.required).map(({ name }) => name)
  return membersOf({ properties: Object.fromEntries(properties), required }, 'request', `${call.operationId} ${place}`)
}

function parametersOf({ operationId, parameters = [] }: Call, place: Parameter['in']): readonly Parameter[] {
  const unknown = parameters.filter(({ in: where, name }) => where === 'header' && !ownHeaders.includes(name))
  if (unknown.length > 0) throw new Error(`${operationId}: the client does not know the header "${unknown[0]?.name}"`)
  return parameters.filter(parameter => parameter.in === place && parameter.name !== DRY_RUN.parameter)
}

/** `true` and `false` as a query spells them. */
function isFlag({ enum: values }: Schema): boolean {
  return values?.length === 2 && values.includes('true') && values.includes('false')
}

function bodyType({ operationId, requestBody }: Call): string {
  if (!requestBody) return 'undefined'
  if (!requestBody.required) throw new Error(`${operationId}: the client does not know bodies that may be left away`)
  return contentType(requestBody.content, 'request', `${operationId} body`)
}

/** All that is neither a problem nor a dry run: a failure that answers with something else is an answer too. */
function repliesOf({ responses }: Call): [string, Response][] {
  return Object.entries(responses).flatMap(([status, response]): [string, Response][] => {
    const { content = {} } = response
    if ('application/problem+json' in content) return []
    const json = content['application/json']
    if (!json) return [[status, response]]
    const schema = inEarnest(json.schema)
    return schema ? [[status, { ...response, content: { ...content, 'application/json': { schema } } }]] : []
  })
}

function inEarnest(schema: Schema): Schema | undefined {
  if (schema.$ref === DRY_RUN.$ref) return undefined
  return schema.anyOf ? { ...schema, anyOf: schema.anyOf.filter(({ $ref }) => $ref !== DRY_RUN.$ref) } : schema
}

function contentType(content: Content['content'] = {}, side: Side, where: string): string {
  const [only, ...more] = Object.entries(content)
  if (!only) return 'undefined'
  const [type, { schema }] = only
  if (type !== 'application/json' || more.length > 0) throw new Error(`${where}: the client knows JSON alone`)
  return typeOf(schema, side, where)
}
