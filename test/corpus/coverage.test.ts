/** Nothing answers that the corpus is not sent to: every route of openapi.json, with everything that it takes. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { corpus } from './corpus.ts'
import type { Entry } from './entry.ts'
import { requestsFor, type Targets } from './requests.ts'
import { allRoutes } from './routes.ts'

const file = path.resolve(import.meta.dirname, '../../docs/openapi.json')
const targets: Targets = {
  serverId: 1,
  snapshotId: 1,
  operationId: 1,
  tokenId: 1,
  imageId: 1,
  port: '8080',
  secrets: { '{token}': 'ours', '{foreign}': 'theirs' },
}

interface Operation {
  readonly security: readonly object[]
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
  readonly requestBody?: object
}

async function operations(): Promise<Map<string, Operation>> {
  const { paths } = JSON.parse(await readFile(file, 'utf8')) as { paths: Record<string, Record<string, Operation>> }
  return new Map(
    Object.entries(paths).flatMap(([at, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => {
        return [`${method.toUpperCase()} ${at.replace(/^\/api\/v1/, '').replaceAll(/\{\w+\}/g, '{id}')}`, operation]
      }),
    ),
  )
}

test('every route of the document is one of the corpus, and the other way round', async () => {
  const documented = [...(await operations())].flatMap(([name, { security }]) => (security.length > 0 ? name : []))
  assert.deepEqual(allRoutes.map(({ method, path }) => `${method} ${path}`).sort(), documented.sort())
})

/** Have entries of their own. */
const everywhere = new Set(['account_id', 'dry_run'])

/** Which entries a route gets, by where they are put. */
const places: Record<Entry['where'], (name: string, operation: Operation) => boolean> = {
  'path id': name => name.includes('{id}'),
  field: name => /^POST \/(snapshots|tokens)\/$/.test(name),
  'own field': (name, { requestBody }) =>
    requestBody !== undefined && /(servers|accounts|images)\/(\{id\}\/((clone|exec)\/)?)?$/.test(name),
  body: (_, { requestBody }) => requestBody !== undefined,
  query: (_, { parameters = [] }) => parameters.some(one => one.in === 'query' && !everywhere.has(one.name)),
  'account query': () => true,
  'dry run query': name => /^(POST|DELETE) /.test(name),
  header: name => name.startsWith('POST '),
  authorization: () => true,
  'foreign token': name => name.includes('{id}') && !/^\w+ \/(images|accounts)\//.test(name),
  method: () => false,
  line: () => false,
}

for (const [where, isFor] of Object.entries(places)) {
  test(`${where}: on every route that it can be put into`, async () => {
    const sent = corpus.filter(entry => entry.where === where).flatMap(entry => requestsFor(entry, targets))
    const patterns = allRoutes.map(({ method, path }) => {
      const pattern = path.replaceAll('{id}', where === 'path id' ? '.+?' : '[0-9]+')
      return { name: `${method} ${path}`, method, pattern: new RegExp(`^/api/v1${pattern}(\\?|$)`) }
    })
    const reached = new Set(
      patterns
        .filter(({ method, pattern }) =>
          sent.some(request => request.method === method && pattern.test(request.target)),
        )
        .map(({ name }) => name),
    )
    const wanted = [...(await operations())].filter(([name, it]) => it.security.length > 0 && isFor(name, it))
    assert.deepEqual(
      wanted.map(([name]) => name).filter(name => !reached.has(name)),
      [],
    )
  })
}

test('every path is asked with every method that it does not have', async () => {
  const asked = new Set(
    corpus
      .filter(entry => entry.where === 'method')
      .flatMap(entry => requestsFor(entry, targets))
      .map(({ method, target }) => `${method} ${target}`),
  )
  const paths = Map.groupBy((await operations()).keys(), name => name.replace(/^\w+ /, ''))
  for (const [at, names] of paths) {
    const target = `${at.startsWith('/healthz') || at.startsWith('/readyz') ? '' : '/api/v1'}${at.replace('{id}', '1')}`
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      assert.equal(asked.has(`${method} ${target}`), !names.includes(`${method} ${at}`), `${method} ${target}`)
    }
  }
})
