/** Every store, engine and API test runs on each of the databases that the service can use. */

import type { TestContext, TestOptions } from 'node:test'
import * as node from 'node:test'
import { needsPostgres } from '../../../../test/support/postgres.ts'

export const databases = ['sqlite', 'postgres'] as const
export type DatabaseKind = (typeof databases)[number]

type Context = Pick<TestContext, 'after'>
const kinds = new WeakMap<Context, DatabaseKind>()

/** node:test's own, once for each database: what is opened with the test's context is of that kind. */
export function test(name: string, fn: Run): void
export function test(name: string, options: TestOptions, fn: Run): void
export function test(name: string, ...rest: [TestOptions, Run] | [Run]): void {
  const fn = rest.at(-1) as Run
  const options = rest.length === 2 ? rest[0] : {}
  for (const kind of databases) {
    node.test(`${name} [${kind}]`, { ...options, ...unlessThere(kind) }, t => {
      kinds.set(t, kind)
      return fn(t)
    })
  }
}
type Run = (t: TestContext) => Promise<void>

/** For what is one database's own matter. */
export function testOn(kind: DatabaseKind, name: string, fn: Run): void {
  node.test(`${name} [${kind}]`, unlessThere(kind), t => {
    kinds.set(t, kind)
    return fn(t)
  })
}

/** Skipped, where that database is not installed. */
export function unlessThere(kind: DatabaseKind): { skip: boolean | string } {
  return { skip: kind === 'postgres' && needsPostgres() }
}

export function kindOf(t: Context): DatabaseKind {
  const kind = kinds.get(t)
  if (kind) return kind
  throw new Error('Which database? Import `test` from packages/server/test/support/databases.ts, not from node:test.')
}
