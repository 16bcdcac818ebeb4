/** Each command line that the views offer, taken apart by a shell and understood by the command line itself. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { buildProgram } from '../../../cli/src/program.ts'
import type { Request } from '../../src/parts/as-code.tsx'
import { accountRequests } from '../../src/views/accounts/requests.ts'
import { imageRequests } from '../../src/views/images/requests.ts'
import { createRequest } from '../../src/views/new-server/requests.ts'
import * as operations from '../../src/views/operations/requests.ts'
import * as snapshots from '../../src/views/snapshots/requests.ts'
import { tokenRequests } from '../../src/views/tokens/requests.ts'
import { NASTY } from './nasty.ts'

const quota = { servers: 3, snapshots_per_server: 4, bytes: 5 }
const names = { first_name: NASTY, last_name: "O'Hara", company_name: '$(id)' }
const chosen = { query: '', page: 2, operationId: undefined, serverId: 3, status: 'failed' } as const
const file = { name: 'debian', path: "/srv/it's/a.img", format: 'raw', os_name: NASTY, cloud_init: false } as const
const server = {
  name: 'web-9',
  image_id: 1,
  plan: { vcpus: 1, memory: 256, storage: 2 },
  hostname: 'web.example.com',
  location: 'rack 3',
  firmware: 'uefi',
  forwards: [{ guest_port: 80 }, { guest_port: 22, host_port: 2222 }],
  cloud_init: { ssh_keys: ['a', 'b'], user_data: '#!' },
  autostart: false,
} as const

/** Request → some of what the command line has to make of it. */
const understood: readonly [Request, Record<string, unknown>][] = [
  [snapshots.listRequest(chosen), { server: '3' }],
  [snapshots.showRequest(7), { snapshot: '7' }],
  [operations.listRequest(chosen), { server: '3', status: 'failed' }],
  [operations.showRequest(12), { operation: 12 }],
  [imageRequests.list, {}],
  [imageRequests.show(2), {}],
  [imageRequests.import(file, true), { path: file.path, format: 'raw', osName: NASTY, cloudInit: false, link: true }],
  [imageRequests.delete(2), { image: '2' }],
  [tokenRequests.list, {}],
  [
    tokenRequests.create({ name: NASTY, permissions: ['admin'], expires_at: '2030-01-15T18:30:00Z' }),
    { name: NASTY, permission: ['admin'], expires: '2030-01-15T18:30:00Z' },
  ],
  [tokenRequests.revoke(4), { token: '4' }],
  [accountRequests.list, {}],
  [accountRequests.show(5), { which: '5' }],
  [
    accountRequests.create({ email: 'ada@example.com', ...names, quota, permissions: ['admin', 'tokens:write'] }),
    {
      email: 'ada@example.com',
      firstName: NASTY,
      lastName: "O'Hara",
      company: '$(id)',
      maxServers: 3,
      maxSnapshots: 4,
    },
  ],
  [accountRequests.delete(5), { which: '5' }],
  [
    createRequest({ ...server, forwards: [...server.forwards], cloud_init: { ssh_keys: ['a', 'b'], user_data: '#!' } }),
    { name: 'web-9', image: '1', storage: 2, location: 'rack 3', sshKey: ['key-1.pub', 'key-2.pub'], autostart: false },
  ],
]

for (const [{ cli = '' }, wanted] of understood) {
  test(`${cli.slice(0, 60)} is understood`, async () => {
    const words = execFileSync('sh', ['-c', `printf '%s\\0' ${cli}`], { encoding: 'utf8' })
      .split('\0')
      .slice(1, -1)
    let parsed: Record<string, unknown> | undefined
    const program = await buildProgram({
      isWhole: false,
      act: async (_, given) => {
        parsed = given
      },
    })
    await program.parseAsync(words, { from: 'user' })
    assert.partialDeepStrictEqual(parsed, wanted)
  })
}

test('what the command line cannot do is not offered as one', () => {
  assert.equal(accountRequests.change(5, { quota }).cli, undefined)
})
