/** Starting, stopping, rebooting a server. */
import assert from 'node:assert/strict'
import { inTransaction } from '../../../../../packages/server/src/db/database.ts'
import { readSpace } from '../../../../../packages/server/src/layers/space.ts'
import { type PowerAction, requestPower } from '../../../../../packages/server/src/servers/power.ts'
import type { SmallHost } from '../../../../../packages/server/test/support/small-host.ts'
import type { Scenario, Story } from '../attempt.ts'
import type { Hands } from '../service.ts'
import { serverRow, stopped } from './support.ts'

/** What takes a start back, and a stop. */
const opposite: Readonly<Record<PowerAction, PowerAction | null>> = { start: 'stop', stop: 'start', reboot: null }

const powers =
  (action: PowerAction, prepare: (host: SmallHost) => Promise<unknown>) =>
  async (host: SmallHost): Promise<Story> => {
    await prepare(host)
    const { accountId, serverId } = host
    const before = await host.content()
    const { status } = await serverRow(host, serverId)
    const done = action === 'stop' ? 'stopped' : 'active'
    const request = async ({ db, driver }: Hands, action: PowerAction) => {
      await readSpace(db, driver, accountId)
      const memory = await driver.memory()
      await inTransaction(db, trx => requestPower(trx, host.deps, action, { accountId, serverId }, memory))
    }
    return {
      request: hands => request(hands, action),
      verify: async outcome => {
        assert.deepEqual(await host.content(), before, 'what the guest reads')
        const now = (await serverRow(host, serverId)).status
        if (outcome === 'completed') assert.equal(now, done)
        // A reply that never came may be that of what had happened.
        else assert.ok([status, done].includes(now), `it is ${now}`)
      },
      again: async (hands, _outcome, rest) => {
        const back = opposite[action]
        if (back !== null && (await serverRow(host, serverId)).status === done) {
          await request(hands, back)
          await rest()
        }
        await request(hands, action)
      },
    }
  }

const paused = async ({ memory, serverId, db }: SmallHost) => {
  memory.controls.pause(serverId, 'a disk of the host is full')
  await db.updateTable('servers').set({ status: 'suspended' }).where('id', '=', serverId).execute()
}

export const powerScenarios: readonly Scenario[] = [
  { during: 'server_start', kind: 'server_start', open: powers('start', stopped) },
  { during: 'server_start, guest suspended', kind: 'server_start', open: powers('start', paused) },
  { during: 'server_stop', kind: 'server_stop', open: powers('stop', async () => {}) },
  { during: 'server_reboot', kind: 'server_reboot', open: powers('reboot', async () => {}) },
]
