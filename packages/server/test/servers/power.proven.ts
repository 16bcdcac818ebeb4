import assert from 'node:assert/strict'
import { inTransaction } from '../../src/db/database.ts'
import { type PowerAction, requestPower } from '../../src/servers/power.ts'
import type { OpenWorld, Proven } from '../support/operation-proofs.ts'
import { openSmallHost } from '../support/small-host.ts'

const machineAfter = { start: 'running', stop: 'absent', reboot: 'running' } as const
const statusAfter = { start: 'active', stop: 'stopped', reboot: 'active' } as const

const openWith =
  (action: PowerAction): OpenWorld =>
  async database => {
    const host = await openSmallHost(database)
    const { db, memory, serverId, accountId } = host
    if (action === 'start') {
      await memory.driver.halt(serverId)
      await db.updateTable('servers').set({ status: 'stopped' }).where('id', '=', serverId).execute()
    }
    const before = await host.content()
    const server = () => db.selectFrom('servers').selectAll().where('id', '=', serverId).executeTakeFirstOrThrow()
    const { status } = await server()
    return {
      db,
      kind: `server_${action}`,
      kinds: host.kinds,
      request: async () => {
        const request = { accountId, serverId }
        const memory = { totalMb: 4096, freeMb: 4096 }
        return (await inTransaction(db, trx => requestPower(trx, host.deps, action, request, memory))).operationId
      },
      verify: async outcome => {
        await host.verify()
        assert.deepEqual(await host.content(), before, 'what the guest reads')
        const now = await server()
        const { state } = await memory.driver.inspect(serverId)
        if (outcome === 'completed') {
          assert.deepEqual([state, now.status, now.status_reason], [machineAfter[action], statusAfter[action], null])
          return
        }
        // A start or stop is not taken back: the machine is as it is, the watcher says so, and the reason is told.
        assert.equal(now.status, status)
        assert.match(now.status_reason ?? '', /^The last .* failed: /)
      },
      close: host.close,
    }
  }

export const proven: readonly Proven[] = [
  { name: 'server_start', open: openWith('start') },
  // The database sees the same of all three.
  { name: 'server_stop', open: openWith('stop'), on: ['sqlite'] },
  { name: 'server_reboot', open: openWith('reboot'), on: ['sqlite'] },
]
