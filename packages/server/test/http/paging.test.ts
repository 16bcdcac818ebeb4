import assert from 'node:assert/strict'
import { test as plain } from 'node:test'
import { linkHeader } from '../../src/http/paging.ts'
import { test } from '../support/databases.ts'
import { openWorld } from './harness.ts'

plain('the Link header keeps the rest of the query', () => {
  const link = linkHeader('/api/v1/snapshots/?server_id=7&limit=2&offset=2', { limit: 2, offset: 2 }, 5)
  assert.equal(
    link,
    '</api/v1/snapshots/?server_id=7&limit=2&offset=4>; rel="next", ' +
      '</api/v1/snapshots/?server_id=7&limit=2&offset=0>; rel="prev"',
  )
})

plain('no next page behind the last one, no previous one before the first', () => {
  assert.equal(linkHeader('/x/?limit=5', { limit: 5, offset: 0 }, 5), '')
  assert.equal(linkHeader('/x/?limit=5&offset=1', { limit: 5, offset: 1 }, 5), '</x/?limit=5&offset=0>; rel="prev"')
})

test('without limit and offset everything comes, with them a part, and count is the total', async t => {
  const world = await openWorld(t, { engine: false, snapshotLimit: 20 })
  for (const name of ['a', 'b', 'c', 'd', 'e']) await world.create(name)
  const names = async (query: string) => {
    const { status, body, headers } = await world.call(`snapshots/${query}`)
    assert.equal(status, 200)
    return [body.count, body.results.map((snapshot: { name: string }) => snapshot.name).join(''), headers['link']]
  }
  assert.deepEqual(await names(''), [5, 'edcba', undefined])
  assert.deepEqual(await names('?limit=2'), [5, 'ed', '</api/v1/snapshots/?limit=2&offset=2>; rel="next"'])
  assert.deepEqual(await names('?offset=3'), [5, 'ba', undefined])
  assert.deepEqual(await names('?limit=1000&offset=9'), [5, '', '</api/v1/snapshots/?limit=1000&offset=0>; rel="prev"'])
})

test('a limit or an offset that is none is refused by name', async t => {
  const world = await openWorld(t, { engine: false })
  const queries = [
    'limit=0',
    'limit=1001',
    'limit=-1',
    'limit=',
    'limit=1.5',
    'limit=1&limit=2',
    'offset=-1',
    'offset=x',
  ]
  for (const query of queries) {
    for (const list of ['snapshots', 'servers', 'operations', 'tokens']) {
      const { status, body } = await world.call(`${list}/?${query}`)
      assert.deepEqual([status, body.code, Object.keys(body.errors)], [400, 'invalid_request', [query.split('=')[0]]])
    }
  }
})
