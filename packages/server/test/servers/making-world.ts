/** Worlds for the proofs of what makes servers: what is there when one was made, and when one could not be. */
import assert from 'node:assert/strict'
import { inTransaction, type Trx } from '../../src/db/database.ts'
import type { OperationStatus } from '../../src/db/schema.ts'
import { Collector } from '../../src/layers/collector.ts'
import { readDisks } from '../../src/layers/machine.ts'
import { verifyChains } from '../../src/layers/verify.ts'
import type { Made } from '../../src/servers/insert.ts'
import type { Wish } from '../../src/servers/wish.ts'
import { makeEngine, quiet } from '../support/engine.ts'
import type { ProofWorld } from '../support/operation-proofs.ts'
import type { SmallHost } from '../support/small-host.ts'

export const wish = {
  name: 'new',
  hostname: 'new',
  location: 'local',
  plan: { name: 'custom', vcpus: 1, memoryMb: 64, storageGb: 1 },
  network: 'user',
  forwards: [
    { guestPort: 22, hostPort: null },
    { guestPort: 80, hostPort: 20_080 },
  ],
  cloudInit: null,
  autostart: true,
  quarantine: false,
} satisfies Omit<Wish, 'accountId'>

export interface Making {
  readonly kind: 'server_create' | 'server_clone'
  request(trx: Trx): Promise<Made>
  /** What the disks hold, by slot. */
  readonly content: Readonly<Record<number, ReadonlyMap<number, number>>>
  /** Right after the request: what may happen then. */
  meanwhile?(operationId: number): Promise<void>
}

export function makingWorld(host: SmallHost, { kind, request, content, meanwhile }: Making): ProofWorld {
  const { db } = host
  let serverId = 0
  return {
    db,
    kind,
    kinds: host.kinds,
    request: async () => {
      const made = await inTransaction(db, request)
      serverId = made.serverId
      await meanwhile?.(made.operationId)
      return made.operationId
    },
    verify: async outcome => {
      await (outcome === 'completed' ? verifyMade(host, serverId, content) : verifyNotMade(host, serverId, outcome))
      // Whatever it was made from may have gone, and nothing that nobody needs is left.
      await collectToTheEnd(host)
      await host.verify()
      if (outcome === 'completed') await verifyMade(host, serverId, content)
    },
    close: host.close,
  }
}

async function verifyMade({ db, memory }: SmallHost, serverId: number, content: Making['content']): Promise<void> {
  const server = await db.selectFrom('servers').selectAll().where('id', '=', serverId).executeTakeFirstOrThrow()
  assert.deepEqual([server.status, server.status_reason], ['active', null])
  const disks = await readDisks(db, serverId)
  const held = disks.map(disk => [disk.slot, memory.controls.contents(disk.active_layer_id)])
  assert.deepEqual(Object.fromEntries(held), content, 'what the disks hold')
  await verifyChains(db, memory.driver, serverId)
  assert.equal((await memory.driver.inspect(serverId)).state, 'running')
  const { network } = memory.controls.started(serverId)
  const ports = await db.selectFrom('forwarded_ports').selectAll().where('server_id', '=', serverId).execute()
  assert.ok(network.type === 'user' && ports.some(port => port.host_port === 20_080))
  assert.deepEqual(
    network.forwards.map(forward => [forward.hostPort, forward.guestPort]).sort(),
    ports.map(port => [port.host_port, port.guest_port]).sort(),
  )
}

/** It is in the list with the reason, and has nothing. */
async function verifyNotMade({ db, memory }: SmallHost, serverId: number, outcome: OperationStatus): Promise<void> {
  assert.equal(outcome, 'failed')
  const server = await db.selectFrom('servers').selectAll().where('id', '=', serverId).executeTakeFirstOrThrow()
  assert.equal(server.status, 'failed')
  assert.match(server.status_reason ?? '', /^It could not be made: /)
  assert.equal((await memory.driver.inspect(serverId)).state, 'absent')
  for (const table of ['disks', 'forwarded_ports', 'layers'] as const) {
    const rows = await db.selectFrom(table).select('server_id').where('server_id', '=', serverId).execute()
    assert.deepEqual(rows, [], table)
  }
}

/** What is found to be merged is queued. */
export async function collect({ db, memory }: SmallHost): Promise<void> {
  const { driver } = memory
  const collector = new Collector({ db, driver, now: Date.now, everyMs: 60_000, onMerges: () => {}, log: quiet })
  collector.wake()
  await collector.stop()
}

/** Until nothing is garbage any more that could go. */
async function collectToTheEnd(host: SmallHost): Promise<void> {
  await collect(host)
  const merges = await host.db.selectFrom('operations').select('id').where('ended_at', 'is', null).execute()
  if (merges.length === 0) return
  const engine = makeEngine(await host.kinds(), { db: host.db })
  await engine.start()
  for (const { id } of merges) assert.equal((await engine.waitFor(id, 20_000))?.status, 'completed', 'a merge')
  await engine.stop()
  await collectToTheEnd(host)
}
