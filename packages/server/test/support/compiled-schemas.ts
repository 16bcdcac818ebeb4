/**
 * The compilers of Fastify's schemas, which compile those of a route once in a process: all apps of the tests have the
 * same routes, and compiling them is most of what opening one costs.
 */
import buildAjv from '@fastify/ajv-compiler'
import buildStringify from '@fastify/fast-json-stringify-compiler'
import type { FastifyServerOptions } from 'fastify'

type Compilers = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>
type Route = { method: string; url: string; httpPart?: string; httpStatus?: string; contentType?: string }

const validator = once(buildAjv() as Builder)
const serializer = once(buildStringify() as unknown as Builder)

export const compiledSchemas = { buildValidator: validator, buildSerializer: serializer } as unknown as Compilers

type Compile = (route: Route) => unknown
type Builder = (externalSchemas: unknown, options: unknown) => Compile

function once(build: Builder): Builder {
  const compiled = new Map<string, unknown>()
  return (externalSchemas, options) => {
    let compile: Compile | undefined
    return route => {
      const { method, url, httpPart, httpStatus, contentType } = route
      const name = [method, url, httpPart, httpStatus, contentType].join(' ')
      if (!compiled.has(name)) {
        compile ??= build(externalSchemas, options)
        compiled.set(name, compile(route))
      }
      return compiled.get(name)
    }
  }
}
