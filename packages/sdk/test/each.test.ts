/** Lists page by page, while they change. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { each } from '../src/each.ts'
import { openFaultyService } from './support/service.ts'

test('what is deleted as it comes does not push the rest out of sight', async t => {
  const service = await openFaultyService(t)
  const restpoint = service.client()
  for (let index = 0; index < 7; index++) await restpoint.tokens.create({ name: `t${index}`, permissions: ['admin'] })
  const names: string[] = []
  for await (const { id, name } of restpoint.tokens.each({ pageSize: 3 })) {
    names.push(name)
    if (name !== 'test') await restpoint.tokens.delete(id)
  }
  assert.deepEqual(names, ['t6', 't5', 't4', 't3', 't2', 't1', 't0', 'test'])
  assert.equal((await restpoint.tokens.list()).count, 1)
})

test('pages are as large as they should be, and no more are asked for than are needed', async t => {
  const service = await openFaultyService(t)
  const restpoint = service.client()
  for (let index = 0; index < 4; index++) await service.addServer(service.accountId, `web-${index}`)
  const names: string[] = []
  for await (const { name } of restpoint.servers.each({ pageSize: 3, status: 'stopped' })) {
    names.push(name)
    if (names.length === 4) break
  }
  assert.deepEqual(names, ['web-server-01', 'web-0', 'web-1', 'web-2'])
  assert.deepEqual(
    service.proxy.seen.map(({ path }) => path),
    ['/api/v1/servers/?status=stopped&limit=3&offset=0', '/api/v1/servers/?status=stopped&limit=3&offset=2'],
  )
  await assert.rejects(restpoint.servers.each({ pageSize: 1 }).next(), /pageSize must be 2 or more/)
})

test('a long list that vanishes as it is read does not cost a request for each page before', async () => {
  let items = Array.from({ length: 1000 }, (_, index) => ({ id: index + 1 }))
  let requests = 0
  const list = async ({ limit, offset }: { limit: number; offset: number }) => {
    requests++
    return { results: items.slice(offset, offset + limit) }
  }
  let count = 0
  for await (const { id } of each(list, 10)) {
    count++
    items = items.filter(item => item.id !== id)
  }
  assert.equal(count, 1000)
  assert.ok(requests < 1000, `${requests} requests`)
})

const change = fc.oneof(
  fc.record({ kind: fc.constant('insert' as const) }),
  fc.record({ kind: fc.constant('delete' as const), at: fc.nat(40) }),
)

test('whatever is made and deleted meanwhile: what stays comes once, in order', async () => {
  const plan = fc.array(fc.array(change, { maxLength: 12 }), { maxLength: 30 })
  const property = fc.asyncProperty(
    fc.nat(30),
    fc.boolean(),
    fc.integer({ min: 2, max: 6 }),
    plan,
    async (...given) => {
      const [size, newestFirst, pageSize, planned] = given
      const changes = [...planned]
      let items = Array.from({ length: size }, (_, index) => ({ id: index + 1 }))
      if (newestFirst) items.reverse()
      let lastId = size
      const stays = new Set(items.map(({ id }) => id))
      const list = async ({ limit, offset }: { limit: number; offset: number }) => {
        for (const one of changes.shift() ?? []) {
          if (one.kind === 'insert') items = newestFirst ? [{ id: ++lastId }, ...items] : [...items, { id: ++lastId }]
          else {
            stays.delete(items[one.at]?.id ?? 0)
            items = items.toSpliced(one.at, 1)
          }
        }
        return { results: items.slice(offset, offset + limit) }
      }
      const seen: number[] = []
      for await (const { id } of each(list, pageSize)) seen.push(id)
      assert.deepEqual(new Set(seen).size, seen.length)
      const kept = seen.filter(id => stays.has(id))
      assert.deepEqual(
        kept,
        [...stays].sort((a, b) => (newestFirst ? b - a : a - b)),
      )
    },
  )
  await fc.assert(property, { numRuns: 1000 })
})
