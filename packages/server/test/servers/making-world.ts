/** Worlds for the proofs of what makes servers: what is there when one was made, and when one could not be. */
import assert from 'node:assert/strict'
import { inTransaction, type Trx } from '../../src/db/database.ts'
import type { OperationStatus } from '../../src/db/schema.ts'
import { readDisks } from '../../src/layers/machine.ts'
import { verifyChains } from '../../src/layers/verify.ts'
import type { Made } from '../../src/servers/insert.ts'
import type { Wish } from '../../src/servers/wish.ts'
import type { ProofWorld } from '../support/operation-proofs.ts'
import type { SmallHost } from '../support/small-host.ts'
import { collectToTheEnd } from '../support/small-host-at-work.ts'

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

async function verifyMade(
  { db, memory, held }: SmallHost,
  serverId: number,
  content: Making['content'],
): Promise<void> {
  const server = await db.selectFrom('servers').selectAll().where('id', '=', serverId).executeTakeFirstOrThrow()
  assert.deepEqual([server.status, server.status_reason], ['active', null])
  const heads = (await readDisks(db, serverId)).map(({ slot, active_layer_id }) => ({
    slot,
    layer_id: active_layer_id,
  }))
  assert.deepEqual(held(heads), content, 'what the disks hold')
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
