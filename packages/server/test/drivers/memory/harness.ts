/** The contract's hands on the memory driver. */

import { DISK_BYTES, plainMachine } from '../../../src/drivers/contract/harness.ts'
import type { ContractHarness } from '../../../src/drivers/contract.ts'
import type { Driver, Layer } from '../../../src/drivers/driver.ts'
import { openMemory } from '../../../src/drivers/memory/controls.ts'

/** `change` may put something between the suite and the driver. */
export async function makeMemoryHarness(change: (driver: Driver) => Driver = same): Promise<ContractHarness> {
  const memory = openMemory()
  let driver = change(memory.driver)
  let lastId = 0
  const newId = () => ++lastId
  return {
    get driver() {
      return driver
    },
    newId,
    createImage: async contents => {
      const id = newId()
      const file = `/memory/images/${id}.raw`
      const image: Layer = { id, sizeBytes: DISK_BYTES, format: 'raw', isImage: true, file }
      memory.controls.addImage(image, contents)
      return image
    },
    createSource: async (blocks, format) => {
      const path = `/memory/sources/${newId()}.${format}`
      memory.controls.putFile(path, { format, sizeBytes: DISK_BYTES, blocks: new Map(blocks) })
      return { path, format }
    },
    removeSource: ({ path }) => memory.controls.removeFile(path),
    makeMachine: disks => {
      const serverId = newId()
      memory.controls.setAgent(serverId, 'absent')
      return { ...plainMachine, serverId, disks }
    },
    write: async (serverId, slot, block, value) => {
      memory.controls.write(serverId, slot, block, value, { synced: false })
    },
    sync: async (serverId, slot) => memory.controls.sync(serverId, slot),
    read: async (serverId, slot, block) => memory.controls.read(serverId, slot, block),
    contents: async top => memory.controls.contents(top.id),
    print: async (serverId, text) => memory.controls.print(serverId, text),
    typed: async (serverId, length) => {
      let text = ''
      for (; text.length < length; await new Promise(setImmediate)) text += memory.controls.takeTyped(serverId)
      return text
    },
    kill: async serverId => memory.controls.crash(serverId),
    setMergePace: async pace => (pace === 'slow' ? memory.controls.holdMerges() : memory.controls.releaseMerges()),
    reopen: async () => {
      driver = change(memory.reopen())
    },
    rebootHost: async () => {
      await driver.close()
      memory.controls.endHost()
      driver = change(memory.reopen())
    },
    close: async () => {
      memory.controls.releaseMerges()
      await driver.close()
    },
  }
}

const same = (driver: Driver) => driver
