/** Which servers are shown for what is in the address. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Server } from '@restpoint/sdk/source'
import { readSelection, selected, writeSelection } from '../src/views/servers/selection.ts'

const server = (id: number, name: string, status: Server['status'] = 'active', more: Partial<Server> = {}): Server => ({
  id,
  name,
  status,
  hostname: `${name}.example.com`,
  ip_address: null,
  location: 'local',
  plan: { id: 1, name: '', vcpus: 1, memory: 256, storage: 1 },
  os: { id: 1, name: 'Debian 12' },
  created_at: '2026-11-21T18:30:00Z',
  updated_at: '2026-11-21T18:30:00Z',
  ...more,
})
const compare = new Intl.Collator('en', { numeric: true }).compare
const names = (servers: Server[]) => servers.map(({ name }) => name)

test('what is chosen is in the address, and read from it again', () => {
  for (const search of ['', '?q=web', '?status=stopped', '?q=a%26b&status=failed']) {
    assert.equal(writeSelection(readSelection(search)), search)
  }
  assert.deepEqual(readSelection('?status=nonsense&q='), { query: '', status: undefined })
})

test('servers stand by name, numbers as numbers', () => {
  const servers = [server(1, 'web-10'), server(2, 'web-9'), server(4, 'db'), server(3, 'db')]
  const shown = selected(servers, readSelection(''), compare)
  assert.deepEqual(
    shown.map(({ id }) => id),
    [3, 4, 2, 1],
  )
})

test('state and search both count; the search looks at name, host name, address, location and system', () => {
  const servers = [
    server(1, 'web', 'active', { ip_address: '192.0.2.7' }),
    server(2, 'mail', 'stopped', { os: { id: 2, name: 'Alpine' } }),
    server(3, 'web-old', 'stopped'),
  ]
  const shown = (search: string) => names(selected(servers, readSelection(search), compare))
  assert.deepEqual(shown('?status=stopped'), ['mail', 'web-old'])
  assert.deepEqual(shown('?q=web&status=stopped'), ['web-old'])
  assert.deepEqual(shown('?q=192.0.2.7'), ['web'])
  assert.deepEqual(shown('?q=alpine'), ['mail'])
  assert.deepEqual(shown('?q=mail.example.com'), ['mail'])
})
