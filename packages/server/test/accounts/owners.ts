/** Accounts with one of everything, each thing marked as theirs. */
import assert from 'node:assert/strict'
import type { World } from '../http/harness.ts'
import { plan, waiting } from '../servers/support.ts'

/** Kind of id, as parameters are called → the ids that an account has; what it has deleted is there as well. */
export type Ids = Readonly<Record<string, readonly number[]>>

export interface Owner {
  readonly accountId: number
  readonly token: string
  /** In every name and text that is theirs, and in nobody else's. */
  readonly mark: string
  readonly ids: Ids
}

/** A running server with a clone, a completed and two deleted snapshots, an undo point, merges, a deleted server, tokens. */
export async function giveEverything(world: World, account: Omit<Owner, 'ids'>, imageId: number): Promise<Owner> {
  const { token, mark, accountId } = account
  const call = async (path: string, body?: object) => {
    const reply = await world.post(path, body, { token, ...waiting })
    assert.ok(reply.status < 300, `${path}: ${reply.text}`)
    assert.notEqual(reply.body.status, 'failed', `${path}: ${reply.text}`)
    return reply.body
  }
  const remove = async (path: string) => {
    const { status, text } = await world.call(path, { method: 'DELETE', token })
    assert.equal(status, 204, text)
  }
  const texts = { name: mark, description: `the ${mark}` }
  const create = async () => {
    const body = { image_id: imageId, plan, hostname: mark, location: mark, autostart: true }
    return (await call('servers/', { name: mark, ...body })).id as number
  }
  const server = await create()
  const snapshots: number[] = []
  for (let block = 0; block < 3; block++) {
    world.memory.controls.write(server, 0, block, 9)
    snapshots.push((await call('snapshots/', { server_id: server, ...texts })).id)
  }
  await remove(`snapshots/${snapshots[1]}/`)
  await merged(world, accountId)
  const clone = (await call(`servers/${server}/clone/`, { name: `${mark}-clone`, snapshot_id: snapshots[2] })).id
  await call(`snapshots/${snapshots[2]}/restore/`)
  const gone = await create()
  await remove(`servers/${gone}/`)
  const second = (await call('tokens/', { name: mark, permissions: ['snapshots:read'] })).id
  const revoked = (await call('tokens/', { name: mark, permissions: ['snapshots:read'] })).id
  await remove(`tokens/${revoked}/`)
  // The layer below waits for good: origin and clone both run on it.
  await remove(`snapshots/${snapshots[0]}/`)
  const execution = (await call(`servers/${server}/exec/`, { program: '/bin/echo', arguments: [mark] })).id as number
  const operations = await world.db.selectFrom('operations').select('id').where('account_id', '=', accountId).execute()
  return {
    ...account,
    ids: {
      account_id: [accountId],
      server_id: [server, clone, gone],
      snapshot_id: [snapshots[2], snapshots[1], snapshots[0]] as number[],
      execution_id: [execution],
      operation_id: operations.map(({ id }) => id),
      token_id: [second, revoked],
      image_id: [imageId],
    },
  }
}

/** Until the account's first merge is done. */
async function merged({ db, service }: World, accountId: number): Promise<void> {
  for (const deadline = Date.now() + 20_000; ; await new Promise(resolve => setTimeout(resolve, 5))) {
    service.collector.wake()
    const merge = await db
      .selectFrom('operations')
      .select('id')
      .where('kind', '=', 'merge')
      .where('account_id', '=', accountId)
      .where('status', '=', 'completed')
      .executeTakeFirst()
    if (merge) return
    assert.ok(Date.now() < deadline, 'nothing was merged')
  }
}
