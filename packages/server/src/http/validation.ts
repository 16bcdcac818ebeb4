/** How schemas are checked, and how what they find is said. */
import type { FastifySchemaValidationError, FastifyServerOptions } from 'fastify'

/**
 * Nothing is coerced, dropped or filled in: what is accepted is what was sent. A schema says in `x-message` what it
 * wants, where its keyword alone would not be clear, and in `x-documented` what the OpenAPI document shows instead of it
 * (null: nothing).
 */
export const ajvOptions = {
  customOptions: {
    coerceTypes: false,
    removeAdditional: false,
    useDefaults: false,
    allErrors: true,
    verbose: true,
    keywords: ['x-message', 'x-documented'],
  },
} satisfies NonNullable<FastifyServerOptions['ajv']>

const FIELD_LIMIT = 20

interface AjvError extends FastifySchemaValidationError {
  readonly parentSchema?: { readonly 'x-message'?: string }
}

/** Field → messages, as `errors` of a problem has it. `context` names what is wrong as a whole: `body`, `querystring`. */
export function fieldErrors(errors: readonly AjvError[], context: string): Record<string, string[]> {
  const fields = new Map<string, { message: string; explained: boolean }[]>()
  for (const error of errors) {
    const name = fieldOf(error, context)
    const found = fields.get(name) ?? []
    if (found.length === 0 && fields.size >= FIELD_LIMIT) continue
    const explanation = error.parentSchema?.['x-message']
    const isOwn = error.keyword !== 'required' && error.keyword !== 'additionalProperties'
    found.push({ message: messageOf(error, explanation), explained: isOwn && explanation !== undefined })
    fields.set(name, found)
  }
  // What is wrong inside says more than that the whole is.
  if (fields.size > 1) fields.delete(wholeOf(context))
  return Object.fromEntries([...fields].map(([name, found]) => [name, told(found)]))
}

/** Where a schema explains itself, what its parts found is noise. */
function told(found: readonly { message: string; explained: boolean }[]): string[] {
  const explained = found.filter(entry => entry.explained)
  return [...new Set((explained.length > 0 ? explained : found).map(entry => entry.message))]
}

function fieldOf(error: AjvError, context: string): string {
  const inside = error.instancePath.split('/')[1]
  if (inside !== undefined && inside !== '') return inside.slice(0, 100)
  if (error.keyword === 'required') return String(error.params['missingProperty'])
  if (error.keyword === 'additionalProperties') return String(error.params['additionalProperty']).slice(0, 100)
  return wholeOf(context)
}

function wholeOf(context: string): string {
  return context === 'querystring' ? 'query' : context
}

function messageOf(error: AjvError, explanation: string | undefined): string {
  // Inside a field the error bears that field's name, so its own is told.
  const isInside = error.instancePath !== ''
  if (error.keyword === 'required') {
    return isInside ? `"${error.params['missingProperty']}" is required.` : 'This field is required.'
  }
  if (error.keyword === 'additionalProperties') {
    const name = String(error.params['additionalProperty']).slice(0, 100)
    return isInside ? `There is no field "${name}" in it.` : 'There is no such field.'
  }
  if (explanation !== undefined) return explanation
  if (error.keyword === 'enum') {
    return `Must be one of: ${(error.params['allowedValues'] as unknown[]).join(', ')}.`
  }
  const text = error.message ?? 'is not valid'
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
