/** A host in memory: what counts is every call of the driver's port, and every statement that reaches the database. */
import assert from 'node:assert/strict'
import { LayerGraph } from '../../../../packages/server/src/domain/layers.ts'
import { NVRAM_BYTES } from '../../../../packages/server/src/drivers/memory/firmware.ts'
import { loadGraph } from '../../../../packages/server/src/layers/store.ts'
import { counted } from '../../../../packages/server/test/support/counted-driver.ts'
import type { DatabaseKind } from '../../../../packages/server/test/support/databases.ts'
import { openSmallHost, type SmallHost } from '../../../../packages/server/test/support/small-host.ts'
import type { Place } from '../attempt.ts'
import type { World } from '../world.ts'

export const memoryPlace = (on: DatabaseKind): Place => ({
  on,
  open: async ({ prepare }) => {
    const host = await openSmallHost(on)
    const world = worldOf(host, await variablesOf(host))
    await prepare?.(world)
    return world
  },
})

function worldOf(host: SmallHost, variables: World['variables']): World {
  const { db, memory } = host
  const { controls } = memory
  return {
    ...host,
    variables,
    openDriver: async () => memory.reopen(),
    async openSpoilt(effects) {
      const driver = memory.reopen()
      const servers = await db.selectFrom('servers').select('id').where('deleted_at', 'is', null).execute()
      await driver.adopt(servers.map(({ id }) => id))
      return counted(driver, db, effects)
    },
    // Whatever it had begun has no effect any more, or has had it.
    closeSpoilt: async () => {},
    contents: async layer => controls.contents(layer),
    layerIds: async () => controls.layerIds().sort((a, b) => a - b),
    hostPorts: async serverId => {
      const { network } = controls.started(serverId)
      return network.type === 'user' ? network.forwards.map(({ hostPort }) => hostPort) : []
    },
    write: async (...what) => controls.write(...what),
    pause: async serverId => controls.pause(serverId, 'a disk of the host is full'),
    async bring(content) {
      const path = '/srv/debian-12.raw'
      controls.putFile(path, { format: 'raw', sizeBytes: 4 * 1024 * 1024, blocks: new Map(content) })
      return path
    },
    async verify() {
      await host.verify()
      await verifyDurable(host)
      await verifyMachines(host)
    },
  }
}

async function variablesOf({ memory }: SmallHost): Promise<World['variables']> {
  const scrap = { id: 1000, sizeBytes: NVRAM_BYTES, format: 'qcow2', isImage: false, file: null } as const
  await memory.driver.createNvram(scrap)
  const pristine = memory.controls.contents(scrap.id)
  await memory.driver.discardLayer(scrap)
  return pristine
}

async function verifyDurable({ db, memory }: SmallHost): Promise<void> {
  const { contents, durableContents } = memory.controls
  const graph = new LayerGraph((await loadGraph(db)).all())
  for (const { id } of graph.all()) {
    assert.deepEqual(durableContents(id), contents(id), `what layer ${id} holds if every machine is killed now`)
  }
}

async function verifyMachines({ db, memory }: SmallHost): Promise<void> {
  const servers = await db.selectFrom('servers').select('id').execute()
  for (const { id } of servers) {
    if ((await memory.driver.inspect(id)).state === 'absent') continue
    assert.equal(memory.controls.isFrozen(id), false, `server ${id} is left frozen`)
    assert.deepEqual(memory.controls.attached(id), [], `layers that server ${id} has open beside its chains`)
  }
}
