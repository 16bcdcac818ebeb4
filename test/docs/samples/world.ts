/** A service over HTTP with the documentation in it and one server that runs, in memory; and what every sample needs there. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { openSite, type Site } from '../../../packages/docs/src/site.ts'
import { catalogue } from '../../../packages/server/src/errors.ts'
import { openWorld } from '../../../packages/server/test/http/harness.ts'
import { openEmptyDatabase } from '../../../packages/server/test/support/database.ts'

const MIB = 1024 * 1024
const IMAGE = '/srv/images/debian-12.qcow2'
const WAIT = { headers: { prefer: 'wait=30' } }

export type Values = Readonly<Record<string, number | string>>
export type SampleWorld = Awaited<ReturnType<typeof openSampleWorld>>

export interface Seen {
  readonly method: string
  readonly url: string
  readonly status: number
  /** The client, as it calls itself. */
  readonly by: string
}

export async function openSampleWorld(t: Pick<TestContext, 'after'>) {
  let site: Site | undefined
  const world = await openWorld(t, {
    database: await openEmptyDatabase('sqlite', { inMemory: true }),
    snapshotLimit: 1000,
    openDocs: document => {
      site = openSite({ document, errors: catalogue })
      return site
    },
  })
  // As the whole service has them.
  Object.assign(world.ready.checks, { engine: true, records: true })
  const { controls } = world.memory
  controls.setMemory(1024 * 1024, 1024 * 1024)
  controls.setFreeBytes(1024 ** 4)
  controls.putFile(IMAGE, { format: 'qcow2', sizeBytes: 64 * MIB, blocks: new Map([[0, 7]]) })
  await world.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = world.app.server.address() as AddressInfo
  const seen: Seen[] = []
  world.app.server.on('request', async (request, response) => {
    // Also where the client left before the end.
    await once(response, 'close')
    const { method = '', url = '', headers } = request
    seen.push({ method, url, status: response.statusCode, by: headers['user-agent'] ?? '' })
  })
  return { ...world, seen, url: `http://127.0.0.1:${port}`, site: () => site }
}

/** A server that runs, with a network. Samples that are run side by side have one each. */
export async function addServer(world: SampleWorld): Promise<number> {
  const made = { name: 'web-server-01', image_id: 1, plan: { vcpus: 1, memory: 256, storage: 1 } }
  return (await did(world.post('servers/', made, WAIT))).id
}

/** The ids that the samples of an operation are to be filled with, of things in a state for it. */
export async function prepare(world: SampleWorld, serverId: number, name: string): Promise<Values> {
  await settle(world, serverId)
  const make = makers[name]
  return { server_id: serverId, image_id: 1, account_id: world.accountId, ...(await make?.(world, serverId)) }
}

const makers: Readonly<Record<string, (world: SampleWorld, serverId: number) => Promise<Values>>> = {
  getSnapshot: snapshot,
  deleteSnapshot: snapshot,
  restoreSnapshot: snapshot,
  cloneServer: snapshot,
  follow: snapshot,
  'dry-run': snapshot,
  undoServer: async (world, serverId) => {
    const { snapshot_id } = await snapshot(world, serverId)
    await did(world.post(`snapshots/${snapshot_id}/restore/`, undefined, WAIT))
    return {}
  },
  // Four too many, of which one is to go.
  prune: async (world, serverId) => {
    for (const night of [1, 2, 3, 4]) await take(world, serverId, `nightly-${night}`)
    return {}
  },
  startServer: async (world, serverId) => {
    await did(world.post(`servers/${serverId}/stop/`, undefined, WAIT))
    return {}
  },
  deleteServer: async world => ({ server_id: await world.addServer(world.accountId, 'to-delete') }),
  deleteImage: async world => {
    const body = { name: 'to-delete', path: IMAGE, format: 'qcow2' }
    return { image_id: (await did(world.post('images/', body, WAIT))).id }
  },
  getExecution: async (world, serverId) => ({
    execution_id: (await did(world.post(`servers/${serverId}/exec/`, { program: '/bin/uname', arguments: ['-r'] }))).id,
  }),
  getOperation: async (world, serverId) => ({
    operation_id: (await world.call(`operations/?server_id=${serverId}&limit=1`)).body.results[0].id,
  }),
  deleteToken: async world => {
    const body = { name: 'to-revoke', permissions: ['servers:read'] }
    return { token_id: (await did(world.post('tokens/', body))).id }
  },
  signIn: async ({ db, signIn }) => {
    // There is a link only as long as nobody was ever here.
    await db.updateTable('tokens').set({ last_used_at: null }).execute()
    return { code: (await signIn.offer(db)) ?? '' }
  },
  createAccount: async world => {
    const { results } = (await world.call('accounts/')).body
    const taken = results.find(({ email }: { email: string }) => email === 'ada@example.com')
    if (taken) await did(world.call(`accounts/${taken.id}/`, { method: 'DELETE' }))
    return {}
  },
  getAccount: account,
  updateAccount: account,
  deleteAccount: account,
}

async function snapshot(world: SampleWorld, serverId: number): Promise<Values> {
  return { snapshot_id: await take(world, serverId, 'before-upgrade') }
}

async function take(world: SampleWorld, serverId: number, name: string): Promise<number> {
  return (await did(world.post('snapshots/', { server_id: serverId, name }, WAIT))).id
}

let accounts = 0
async function account(world: SampleWorld): Promise<Values> {
  return { account_id: (await did(world.post('accounts/', { email: `grace-${accounts++}@example.com` }))).id }
}

/** Nothing is under way, and the server runs. */
async function settle(world: SampleWorld, serverId: number): Promise<void> {
  for (;;) {
    const { results } = (await world.call(`operations/?server_id=${serverId}`)).body
    const open = results.filter(({ status }: { status: string }) => ['queued', 'running', 'waiting'].includes(status))
    if (open.length === 0) break
    await world.service.engine.waitFor(open[0].id, 30_000)
  }
  const { body } = await world.call(`servers/${serverId}/`)
  if (body.status !== 'active') await did(world.post(`servers/${serverId}/start/`, undefined, WAIT))
}

async function did(call: Promise<{ status: number; body: any }>) {
  const { status, body } = await call
  if (status >= 300) throw new Error(JSON.stringify(body))
  return body
}
