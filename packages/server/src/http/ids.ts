/** Ids on the wire. Inside the service an id is a number from 1 to 2^53−1; 0 is nobody's. */
import Type from 'typebox'
import { Failure } from '../errors.ts'

const DOCUMENTED = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER }
const MESSAGE = 'Must be an integer from 1 to 9007199254740991.'
const DIGITS = { type: 'string', pattern: '^0*[1-9][0-9]{0,15}$' }

/** An id in a path. No pattern here: whatever it is, it is looked up, so that nonsense and never-existed answer alike. */
export function pathIds<const Name extends string>(...names: Name[]) {
  const id = Type.Unsafe<string>({ type: 'string', 'x-documented': DOCUMENTED })
  return Type.Object(Object.fromEntries(names.map(name => [name, id])) as Record<Name, typeof id>)
}

/** The id in a path, or 0 (which no row has) for anything that is none. */
export function pathId(text: string): number {
  return /^[1-9][0-9]{0,15}$/.test(text) ? Number(text) : 0
}

/** An id in a query. Its value still needs `toId`: a pattern cannot compare. `example`: where it is worth showing. */
export function queryId(description: string, example?: number) {
  return Type.Unsafe<string>({
    ...DIGITS,
    description,
    'x-message': MESSAGE,
    'x-documented': { ...DOCUMENTED, description, ...(example === undefined ? {} : { examples: [example] }) },
  })
}

/** An id in a body: an integer, or a string of digits as Django REST clients send it. */
export function bodyId(description: string) {
  return Type.Unsafe<number | string>({
    anyOf: [{ type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER }, DIGITS],
    description,
    'x-message': MESSAGE,
    'x-documented': { ...DOCUMENTED, description },
  })
}

/** An id in a query that no schema has looked at. @throws Failure `invalid_request` naming `field`. */
export function toQueryId(value: unknown, field: string): number {
  return toId(typeof value === 'string' && new RegExp(DIGITS.pattern).test(value) ? value : 0, field)
}

/** @throws Failure `invalid_request` naming `field`. */
export function toId(value: number | string, field: string): number {
  const id = Number(value)
  if (Number.isSafeInteger(id) && id >= 1) return id
  throw new Failure('invalid_request', `"${field}" is not an id.`, { fields: { [field]: [MESSAGE] } })
}
