/** What the pages need of the OpenAPI document, told the way they tell it: nouns, their operations and their objects. */
import type { Json } from './samples.ts'

/** The parts of the document that are read here. */
export interface OpenApi {
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

interface OpenApiOperation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly security: readonly { readonly bearer?: readonly string[] }[]
  readonly parameters?: readonly OpenApiParameter[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, OpenApiResponse>>
}

interface OpenApiParameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required?: boolean
  readonly schema: Schema
  readonly example?: Json
}

interface OpenApiResponse {
  readonly description: string
  readonly headers?: Readonly<Record<string, unknown>>
  readonly content?: Content
}

type Content = Readonly<Record<string, { readonly schema: Schema; readonly example?: Json }>>

export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly enum?: readonly Json[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly pattern?: string
}

/** `public`: no token; `token`: any; else the permission that the token must have. */
export type Access = string

export interface Operation {
  readonly id: string
  readonly noun: string
  /** GET, POST … */
  readonly method: string
  readonly path: string
  readonly access: Access
  readonly parameters: readonly Parameter[]
  readonly body?: { readonly fields: readonly Field[]; readonly example: Json | undefined }
  readonly responses: readonly Response[]
}

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly type: Type
  readonly example: Json | undefined
}

export interface Field {
  /** From the top, with dots: `plan.memory`, and of the members of a list `disks.size_gb`. */
  readonly path: string
  readonly name: string
  readonly depth: number
  readonly required: boolean
  readonly type: Type
}

export interface Type {
  /** `integer`, `string | null`, `Snapshot[]`. */
  readonly text: string
  /** The object that it refers to. */
  readonly object?: string
  readonly values: readonly string[]
  readonly limits: Pick<Schema, 'minimum' | 'maximum' | 'minLength' | 'maxLength' | 'minItems' | 'maxItems'>
  readonly pattern?: string
}

export interface Response {
  readonly status: number
  /** What the body is, or a list of what, one of several; none: no body, or one that is told in `fields`. */
  readonly objects: readonly string[]
  readonly isList: boolean
  /** It does not end: the body is the data of each event. */
  readonly isStream: boolean
  readonly fields: readonly Field[]
  readonly headers: readonly string[]
  /** Of the catalogue of errors. */
  readonly codes: readonly string[]
}

export interface Thing {
  readonly name: string
  /** The object that has all of its fields but the own ones. */
  readonly base?: string
  /** Without those of its base. */
  readonly fields: readonly Field[]
}

export interface Noun {
  readonly name: string
  readonly operations: readonly Operation[]
  /** Those that its operations answer with first. */
  readonly objects: readonly Thing[]
}

export interface Structure {
  readonly nouns: readonly Noun[]
  /** Of every route: told on the page about all of them. */
  readonly shared: readonly Thing[]
  /** Object → the noun whose page tells it; undefined: the page about all of them. */
  readonly homes: ReadonlyMap<string, string | undefined>
}

/** Tags whose page has another name. */
const pageNames: Readonly<Record<string, string>> = { service: 'health' }

/** What no noun's operation answers with by itself, or all of them do. */
const homesOfOthers: Readonly<Record<string, string | undefined>> = {
  Problem: undefined,
  DryRun: undefined,
  OperationError: 'operations',
  Receipt: 'snapshots',
}

export function structureOf(document: OpenApi): Structure {
  const { schemas } = document.components
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => operationOf(path, method, operation)),
  )
  const nounNames = document.tags.map(({ name }) => pageNames[name] ?? name)
  const homes = new Map<string, string | undefined>(Object.entries(homesOfOthers))
  for (const noun of nounNames) {
    for (const { responses } of operations.filter(operation => operation.noun === noun)) {
      for (const object of responses.flatMap(({ objects }) => objects)) if (!homes.has(object)) homes.set(object, noun)
    }
  }
  for (const name of Object.keys(schemas)) if (!homes.has(name)) throw new Error(`nobody answers with ${name}`)
  const thingsAt = (home: string | undefined) =>
    Object.keys(schemas)
      .filter(name => homes.get(name) === home)
      .map(name => thingOf(name, schemas))
  const nouns = nounNames.map(name => ({
    name,
    operations: operations.filter(({ noun }) => noun === name),
    objects: thingsAt(name),
  }))
  return { nouns, homes, shared: thingsAt(undefined) }
}

function operationOf(path: string, method: string, operation: OpenApiOperation): Operation {
  const [tag = ''] = operation.tags
  const roles = operation.security[0]?.bearer
  const body = operation.requestBody?.content['application/json']
  return {
    id: operation.operationId,
    noun: pageNames[tag] ?? tag,
    method: method.toUpperCase(),
    path,
    access: roles === undefined ? 'public' : (roles[0] ?? 'token'),
    parameters: (operation.parameters ?? []).map(parameter => ({
      name: parameter.name,
      in: parameter.in,
      required: parameter.required === true,
      type: typeOf(parameter.schema),
      example: parameter.example,
    })),
    ...(body ? { body: { fields: fieldsOf(body.schema), example: body.example } } : {}),
    responses: Object.entries(operation.responses).map(([status, response]) => responseOf(Number(status), response)),
  }
}

function responseOf(status: number, { description, headers, content = {} }: OpenApiResponse): Response {
  const problem = content['application/problem+json']
  const stream = content['text/event-stream']
  const schema = (content['application/json'] ?? stream)?.schema
  const items = schema?.properties?.['results']?.items
  const body = items ?? schema
  const objects = (body?.anyOf ?? [body]).map(refersTo).filter(name => name !== undefined)
  return {
    status,
    objects,
    isList: items !== undefined,
    isStream: stream !== undefined,
    fields: schema && objects.length === 0 ? fieldsOf(schema) : [],
    headers: Object.keys(headers ?? {}),
    codes: problem ? description.split(', ') : [],
  }
}

function thingOf(name: string, schemas: OpenApi['components']['schemas']): Thing {
  const schema = schemas[name] as Schema
  const base = baseOf(name, schemas)
  const inherited = base === undefined ? {} : (schemas[base]?.properties ?? {})
  const own = Object.entries(schema.properties ?? {}).filter(([field]) => !(field in inherited))
  return {
    name,
    ...(base === undefined ? {} : { base }),
    fields: fieldsOf({ ...schema, properties: Object.fromEntries(own) }),
  }
}

/** The largest other object whose fields it has all, looking the same. */
function baseOf(name: string, schemas: OpenApi['components']['schemas']): string | undefined {
  const properties = schemas[name]?.properties ?? {}
  const has = (other: Schema) =>
    Object.entries(other.properties ?? {}).every(
      ([field, schema]) => JSON.stringify(properties[field]) === JSON.stringify(schema),
    )
  const size = (other: string) => Object.keys(schemas[other]?.properties ?? {}).length
  return Object.keys(schemas)
    .filter(other => other !== name && size(other) < size(name) && has(schemas[other] as Schema))
    .sort((a, b) => size(b) - size(a))[0]
}

/** All of them, those inside others right after these. */
export function fieldsOf(schema: Schema, above = '', depth = 0): Field[] {
  const inner = objectIn(schema)
  return Object.entries(inner?.properties ?? {}).flatMap(([name, property]) => {
    const path = above === '' ? name : `${above}.${name}`
    const required = inner?.required?.includes(name) === true
    return [{ path, name, depth, required, type: typeOf(property) }, ...fieldsOf(property, path, depth + 1)]
  })
}

/** Looks through lists and what may be null. */
function objectIn(schema: Schema): Schema | undefined {
  if (schema.properties) return schema
  if (schema.items) return objectIn(schema.items)
  return schema.anyOf?.map(objectIn).find(found => found !== undefined)
}

function typeOf(schema: Schema): Type {
  const choices = schema.anyOf ?? [schema]
  const object = choices.map(choice => refersTo(choice.items ?? choice)).find(name => name !== undefined)
  const [first = schema] = choices
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = first
  const values = first.items?.enum ?? first.enum ?? []
  return {
    text: choices.map(textOf).join(' | '),
    ...(object === undefined ? {} : { object }),
    values: values.filter(value => value !== null).map(String),
    limits: Object.fromEntries(
      Object.entries({ minimum, maximum, minLength, maxLength, minItems, maxItems }).filter(
        ([, value]) => value !== undefined,
      ),
    ),
    ...(first.pattern === undefined ? {} : { pattern: first.pattern }),
  }
}

function textOf(schema: Schema): string {
  if (schema.items) return `${textOf(schema.items)}[]`
  return refersTo(schema) ?? [schema.type ?? 'any'].flat().join(' | ')
}

function refersTo(schema: Schema | undefined): string | undefined {
  return schema?.$ref?.split('/').at(-1)
}
