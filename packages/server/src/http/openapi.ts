/** The OpenAPI 3.1 document, made from the routes' own schemas and served without authentication. */
import swagger from '@fastify/swagger'
import type { FastifySchema } from 'fastify'
import { accountQuery } from './auth.ts'
import type { App } from './deps.ts'
import { dryRunQuery, withDryRun } from './dry-run.ts'
import { problemResponses } from './failures.ts'

const DESCRIPTION = `Takes, restores, undoes and deletes point-in-time copies of whole servers.

Times are UTC, whole seconds. Ids are integers. Lists come whole unless \`limit\` or \`offset\` is given. A trailing
slash may be left away. Failures are RFC 9457 problems; branch on \`code\`.`

/** In the order in which they are shown. */
const tags = [
  'snapshots',
  'servers',
  'guests',
  'images',
  'operations',
  'events',
  'tokens',
  'account',
  'accounts',
  'service',
]

export async function addOpenApi(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Restpoint',
        version: '1',
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'This host' }],
      tags: tags.map(name => ({ name })),
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'A token: rp_ and 43 characters.' },
        },
      },
    },
    refResolver: { buildLocalReference: (json, _baseUri, _fragment, index) => String(json['$id'] ?? `def-${index}`) },
    transform: ({ schema, url, route }) => {
      const { access, failures } = route.config ?? {}
      const isPublic = access === 'public'
      const needs = access === 'token' ? 'any live token' : `a token with the permission \`${access}\``
      const description = [schema?.description, isPublic ? undefined : `Needs ${needs}.`]
      const method = String(route.method)
      const everywhere = {
        ...(isPublic || url.includes(':account_id') ? {} : accountQuery),
        ...(method === 'POST' || method === 'DELETE' ? dryRunQuery : {}),
      }
      return {
        url,
        schema: {
          ...documented(withQuery(schema ?? {}, everywhere)),
          // OpenAPI 3.1 has the role that is needed here, whatever kind of token it is.
          security: isPublic ? [] : [{ bearer: access === undefined || access === 'token' ? [] : [access] }],
          response: {
            ...withDryRun(method, (schema?.response ?? {}) as Record<string, unknown>),
            ...(isPublic && !failures ? {} : problemResponses(method, failures, { isPublic })),
          },
          description: description.filter(Boolean).join('\n\n'),
        },
      }
    },
  })
}

/**
 * What every route of its kind understands: whatever needs a token `account_id`, unless the path names an account;
 * whatever changes something `dry_run`.
 */
function withQuery(schema: FastifySchema, everywhere: object): object {
  if (Object.keys(everywhere).length === 0) return schema
  const { properties } = (schema.querystring ?? {}) as { properties?: object }
  return {
    ...schema,
    querystring: {
      type: 'object',
      ...(schema.querystring as object | undefined),
      properties: { ...properties, ...everywhere },
    },
  }
}

/** After all other routes. */
export function openApiRoute(app: App): void {
  let document: string | undefined
  app.get('/openapi.json', {
    config: { access: 'public', rateLimit: false },
    schema: { hide: true },
    handler: async (_request, reply) => {
      document ??= JSON.stringify(app.swagger())
      return reply.type('application/json; charset=utf-8').send(document)
    },
  })
}

/** A schema as people should see it: `x-documented` in place of what it stands beside, and without our own keywords. */
function documented(schema: object): object {
  const shown: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(schema)) {
    if (name === 'x-message') continue
    const substitute = isObject(value) ? (value as { 'x-documented'?: object | null })['x-documented'] : undefined
    if (substitute === null) continue
    shown[name] = isObject(value) && !Array.isArray(value) ? documented(substitute ?? value) : value
  }
  return shown
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
