/** Starting, stopping, rebooting a server. */
import assert from 'node:assert/strict'
import { inTransaction } from '../../../../packages/server/src/db/database.ts'
import { readSpace } from '../../../../packages/server/src/layers/space.ts'
import { type PowerAction, requestPower } from '../../../../packages/server/src/servers/power.ts'
import type { Scenario, Story } from '../attempt.ts'
import type { Hands, World } from '../world.ts'
import { headsOf, serverRow, stopped } from './support.ts'

/** What takes a start back, and a stop. */
const opposite: Readonly<Record<PowerAction, PowerAction | null>> = { start: 'stop', stop: 'start', reboot: null }

const powers =
  (action: PowerAction) =>
  async (world: World): Promise<Story> => {
    const { accountId, serverId } = world
    const before = await headsOf(world)
    const { status } = await serverRow(world, serverId)
    const done = action === 'stop' ? 'stopped' : 'active'
    const request = async ({ db, driver }: Hands, action: PowerAction) => {
      await readSpace(db, driver, accountId)
      const memory = await driver.memory()
      await inTransaction(db, trx => requestPower(trx, world.deps, action, { accountId, serverId }, memory))
    }
    return {
      request: hands => request(hands, action),
      verify: async outcome => {
        assert.deepEqual(await headsOf(world), before, 'what the guest reads')
        const now = (await serverRow(world, serverId)).status
        if (outcome === 'completed') assert.equal(now, done)
        // A reply that never came may be that of what had happened.
        else assert.ok([status, done].includes(now), `it is ${now}`)
      },
      again: async (hands, _outcome, rest) => {
        const back = opposite[action]
        if (back !== null && (await serverRow(world, serverId)).status === done) {
          await request(hands, back)
          await rest()
        }
        await request(hands, action)
      },
    }
  }

const paused = async (world: World) => {
  const { db, serverId } = world
  await world.pause(serverId)
  await db.updateTable('servers').set({ status: 'suspended' }).where('id', '=', serverId).execute()
}

export const powerScenarios: readonly Scenario[] = [
  { during: 'server_start', kind: 'server_start', prepare: stopped, open: powers('start') },
  { during: 'server_start, guest suspended', kind: 'server_start', prepare: paused, open: powers('start') },
  { during: 'server_stop', kind: 'server_stop', open: powers('stop') },
  { during: 'server_reboot', kind: 'server_reboot', open: powers('reboot') },
]
