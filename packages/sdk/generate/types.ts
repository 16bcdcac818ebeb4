/**
 * Schemas of the document as TypeScript. Only the keywords that the document uses: whoever brings another one is told,
 * and does not get a type that is silently too wide.
 */

/** JSON Schema, as far as it is known here. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly (string | number | boolean | null)[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly description?: string
}

const shaping = [
  '$ref',
  'type',
  'enum',
  'anyOf',
  'items',
  'properties',
  'required',
  'additionalProperties',
  'description',
]
/** What a value must be beyond its type; only the service checks it. */
const checking = [
  'format',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
]
const known = new Set([...shaping, ...checking])

const primitives: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
}

/** `request`: what is optional may also be undefined, which is then not sent. */
export type Side = 'request' | 'reply'

/** @throws Error naming `where`, for a keyword that it does not know. */
export function typeOf(schema: Schema, side: Side, where: string): string {
  for (const keyword of Object.keys(schema)) {
    if (!known.has(keyword)) throw new Error(`${where}: the generator does not know "${keyword}"`)
  }
  if (schema.$ref !== undefined) return schema.$ref.replace('#/components/schemas/', '')
  if (schema.enum) return union(schema.enum.map(value => JSON.stringify(value)))
  if (schema.anyOf) return union(schema.anyOf.map((one, index) => typeOf(one, side, `${where}.anyOf[${index}]`)))
  const types = [schema.type ?? []].flat()
  if (types.length === 0) throw new Error(`${where}: the generator does not know what this is`)
  return union(types.map(type => typeNamed(type, schema, side, where)))
}

/** The members of an object's type, with braces. */
export function membersOf(schema: Schema, side: Side, where: string): string {
  const required = new Set(schema.required)
  const members = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const type = typeOf(property, side, `${where}.${name}`)
    const optional = side === 'request' ? ` | undefined` : ''
    const member = required.has(name) ? `${name}: ${type}` : `${name}?: ${type}${optional}`
    return `${comment(property.description)}${member}`
  })
  return `{\n${members.join('\n')}\n}`
}

/** A doc comment of its own lines; nothing for nothing. */
export function comment(...paragraphs: readonly (string | undefined)[]): string {
  const text = paragraphs.filter(Boolean).join('\n\n').replaceAll('*/', '*\\/')
  if (text === '') return ''
  if (!text.includes('\n')) return `/** ${text} */\n`
  return `/**\n${text
    .split('\n')
    .map(line => ` * ${line}`.trimEnd())
    .join('\n')}\n */\n`
}

function typeNamed(type: string, schema: Schema, side: Side, where: string): string {
  const primitive = primitives[type]
  if (primitive !== undefined) return primitive
  if (type === 'array' && schema.items) return `Array<${typeOf(schema.items, side, `${where}[]`)}>`
  if (type !== 'object') throw new Error(`${where}: the generator does not know the type "${type}"`)
  if (schema.properties) return membersOf(schema, side, where)
  const values = schema.additionalProperties
  return `Record<string, ${typeof values === 'object' ? typeOf(values, side, `${where}{}`) : 'unknown'}>`
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(' | ')
}
