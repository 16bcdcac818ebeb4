/** openapi.json, as the tests of this folder read it. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'

export interface Schema {
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly additionalProperties?: boolean | Schema
}

interface Content {
  readonly 'application/json'?: { readonly schema?: Schema }
}

export interface Operation {
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly isPublic: boolean
  readonly body: Schema | undefined
  /** Status → what is answered. */
  readonly replies: Readonly<Record<string, Schema | undefined>>
}

interface Described {
  readonly operationId: string
  readonly security: readonly object[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}

const file = path.resolve(import.meta.dirname, '../../../docs/openapi.json')
const document = JSON.parse(await readFile(file, 'utf8')) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

export const operations: readonly Operation[] = Object.entries(document.paths).flatMap(([at, methods]) =>
  Object.entries(methods).map(([method, described]): Operation => {
    const { operationId: id, security, requestBody, responses } = described
    return {
      id,
      method: method.toUpperCase() as Operation['method'],
      path: at,
      isPublic: security.length === 0,
      body: requestBody?.content['application/json']?.schema,
      replies: Object.fromEntries(
        Object.entries(responses).map(([status, { content }]) => [status, content?.['application/json']?.schema]),
      ),
    }
  }),
)

/** What a value has that its schema does not name, as paths into it. */
export function undocumented(value: unknown, schema: Schema | undefined, at = ''): string[] {
  if (value === null || typeof value !== 'object') return []
  const resolved = resolve(schema)
  if (Array.isArray(value)) return value.flatMap(one => undocumented(one, resolved.items, `${at}[]`))
  const known = {
    ...resolved.properties,
    ...Object.assign({}, ...(resolved.anyOf ?? []).map(one => resolve(one).properties)),
  }
  return Object.entries(value).flatMap(([name, inner]) => {
    if (name in known) return undocumented(inner, known[name], `${at}.${name}`)
    return typeof resolved.additionalProperties === 'object' ? [] : [`${at}.${name}`]
  })
}

export function resolve(schema: Schema | undefined): Schema {
  const name = schema?.$ref?.split('/').at(-1)
  return name === undefined ? (schema ?? {}) : resolve(document.components.schemas[name])
}
