import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { openApiFile, openApiText } from '../../../../scripts/openapi.ts'
import { test } from '../support/databases.ts'
import { openWorld } from './harness.ts'

test('the committed document is what the routes say (npm run openapi writes it)', async () => {
  assert.equal(await readFile(openApiFile, 'utf8'), await openApiText())
})

test('it is served to everybody', async t => {
  const world = await openWorld(t, { engine: false })
  const { status, body, headers } = await world.call('/openapi.json', { token: null })
  assert.deepEqual([status, body.openapi, headers['content-type']], [200, '3.1.0', 'application/json; charset=utf-8'])
})

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly tags?: string[]
  readonly security?: object[]
  readonly responses: Record<string, { description: string }>
}

/** Of the API: whoever asks has no token yet. */
const publicOperations = ['signIn']

test('every route has a name of its own, a summary, a tag, its failures and who may call it', async () => {
  const { paths } = JSON.parse(await openApiText()) as { paths: Record<string, Record<string, Operation>> }
  const names = new Set<string>()
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const what = `${method} ${path}`
      assert.ok(operation.operationId && !names.has(operation.operationId), `${what}: ${operation.operationId}`)
      names.add(operation.operationId)
      assert.ok(operation.summary && operation.tags?.length === 1, what)
      if (!path.startsWith('/api/')) continue
      assert.ok(path.endsWith('/'), what)
      const isPublic = publicOperations.includes(operation.operationId)
      assert.deepEqual(operation.security?.flatMap(Object.keys), isPublic ? [] : ['bearer'], what)
      for (const status of ['401', '403', '429', '500', '503'])
        assert.equal(status in operation.responses, !(isPublic && /401|403/.test(status)), `${what} ${status}`)
      if (path.includes('{')) assert.ok(operation.responses['404'], what)
    }
  }
  assert.ok(names.size >= 18)
})
