import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { plainMachine } from '../../../src/drivers/contract/harness.ts'
import type { CutDisk, Layer, Machine, MergeJob } from '../../../src/drivers/driver.ts'
import { LayerBusy } from '../../../src/drivers/driver.ts'
import type { AgentMode } from '../../../src/drivers/memory/agent.ts'
import { type Memory, openMemory } from '../../../src/drivers/memory/controls.ts'
import { BLOCK_BYTES } from '../../../src/drivers/memory/world.ts'
import { Failure } from '../../../src/errors.ts'

const layer = (id: number, isImage = false): Layer => ({
  id,
  sizeBytes: 64 * BLOCK_BYTES,
  format: isImage ? 'raw' : 'qcow2',
  isImage,
  file: isImage ? '/images/1.raw' : null,
})
const [image, lower, upper, top] = [layer(1, true), layer(2), layer(3), layer(4)]
const machine = (...layers: Layer[]): Machine => ({
  ...plainMachine,
  serverId: 7,
  disks: [{ diskId: 70, slot: 0, role: 'disk', layers }],
})
const cut: CutDisk = { diskId: 70, from: upper, to: top }
const merge: MergeJob = { id: 9, garbage: lower, child: upper, base: image, chain: [upper, lower, image] }
const never = new AbortController().signal

let memory: Memory

beforeEach(async () => {
  memory = openMemory()
  const { driver, controls } = memory
  controls.addImage(image, new Map([[0, 1]]))
  await driver.createLayer(lower, image)
  await driver.start(machine(lower, image))
  controls.write(7, 0, 1, 0x11)
  await driver.halt(7)
  await driver.createLayer(upper, lower)
  await driver.start(machine(upper, lower, image))
})

describe('what a kill loses', () => {
  test('writes that the guest did not sync', () => {
    memory.controls.write(7, 0, 2, 0x22, { synced: false })
    memory.controls.write(7, 0, 2, 0x33, { synced: true })
    memory.controls.write(7, 0, 3, 0x44, { synced: false })
    memory.controls.crash(7)
    assert.deepEqual(
      memory.controls.contents(upper.id),
      new Map([
        [0, 1],
        [1, 0x11],
        [2, 0x33],
      ]),
    )
  })

  test('merged blocks whose flush was left out, once the garbage is gone from the chain', async () => {
    const { driver, controls } = memory
    await driver.copyMerge(merge, () => {}, never)
    await driver.pivotMerge(merge)
    assert.equal(controls.read(7, 0, 1), 0x11)
    controls.crash(7)
    assert.deepEqual(controls.contents(upper.id), new Map([[0, 1]]))
  })

  test('nothing for good while the garbage layer is there: the merge begins again', async () => {
    const { driver, controls } = memory
    await driver.copyMerge(merge, () => {}, never)
    await driver.pivotMerge(merge)
    controls.crash(7)
    await driver.copyMerge(merge, () => {}, never)
    await driver.flushMerge(merge)
    assert.equal(await driver.pivotMerge(merge), true)
    await driver.discardLayer(lower)
    assert.deepEqual(
      controls.contents(upper.id),
      new Map([
        [0, 1],
        [1, 0x11],
      ]),
    )
  })
})

describe('callers that would lose data are refused', () => {
  const refused: Record<string, (memory: Memory) => Promise<unknown>> = {
    'a start that leaves a layer out': ({ driver }) => driver.halt(7).then(() => driver.start(machine(upper, image))),
    'a second machine on an active layer': ({ driver }) =>
      driver.start({ ...machine(upper, lower, image), serverId: 8 }),
    'discarding a layer in use': ({ driver }) => driver.discardLayer(lower),
    'discarding an image in use': ({ driver }) => driver.discardLayer(image),
    'variables of UEFI of another size than theirs': ({ driver }) => driver.createNvram(top),
    'a pivot before the copy is done': async ({ driver, controls }) => {
      controls.holdMerges()
      driver.copyMerge(merge, () => {}, never).catch(() => {})
      await driver.pivotMerge(merge)
    },
    'a cut of a layer that is not the active one': async ({ driver }) => {
      await driver.createLayer(top, lower)
      await driver.cut(7, [{ ...cut, from: lower }], 'crash')
    },
    'detaching what the guest writes to': async ({ driver }) => {
      await driver.createLayer(top, upper)
      await driver.cut(7, [cut], 'crash')
      await driver.detach(7, [cut])
    },
    'a layer made again on another parent': ({ driver }) => driver.createLayer(upper, image),
  }
  for (const [what, act] of Object.entries(refused)) {
    test(what, async () => {
      await assert.rejects(act(memory))
    })
  }
})

describe('the guest agent', () => {
  const outcomes: Record<AgentMode, string | null> = {
    present: null,
    thaws_early: 'thawed_early',
    absent: 'agent_absent',
    silent: 'agent_timeout',
    failing: 'agent_error',
    slow: 'freeze_timeout',
  }
  for (const [mode, reason] of Object.entries(outcomes)) {
    test(`${mode}: ${reason ?? 'filesystem consistency'}`, async () => {
      const { driver, controls } = memory
      controls.setAgent(7, mode as AgentMode)
      await driver.createLayer(top, upper)
      const report = await driver.cut(7, [cut], 'auto')
      assert.equal(report.reason, reason)
      assert.equal(report.achieved, reason === null ? 'filesystem' : 'crash')
      assert.equal(report.freezeMs !== null, mode === 'present' || mode === 'thaws_early')
      assert.equal(controls.isFrozen(7), false)
    })
  }

  test('thawed too early with filesystem asked for: the cut stands and says so', async () => {
    memory.controls.setAgent(7, 'thaws_early')
    await memory.driver.createLayer(top, upper)
    assert.equal((await memory.driver.cut(7, [cut], 'filesystem')).achieved, 'crash')
    assert.deepEqual((await memory.driver.inspect(7)).chains.get(70)?.[0], top.id)
  })

  test('is seen by inspect', async () => {
    assert.equal((await memory.driver.inspect(7)).agentConnected, true)
    memory.controls.setAgent(7, 'absent')
    assert.equal((await memory.driver.inspect(7)).agentConnected, false)
  })
})

describe('files of the host', () => {
  const path = '/srv/image.raw'
  const source = { path, format: 'raw' } as const
  const own = { ...layer(11, true), file: null }
  const file = {
    format: 'raw',
    sizeBytes: 64 * BLOCK_BYTES,
    blocks: new Map([
      [1, 0x11],
      [2, 0x22],
      [3, 0x33],
    ]),
  } as const
  const imported = () => memory.driver.importImage(own, source, () => {}, never)

  beforeEach(() => memory.controls.putFile(path, file))

  test('with something wrong are refused with the reason', async () => {
    memory.controls.putFile(path, { ...file, problem: 'It stands on a backing file.' })
    const refusal = { code: 'image_rejected', message: 'It stands on a backing file.' }
    await assert.rejects(memory.driver.inspectImage(source), refusal)
    await assert.rejects(imported(), refusal)
  })

  test('need space', async () => {
    memory.controls.setFreeBytes(3 * BLOCK_BYTES - 1)
    await assert.rejects(imported(), { code: 'not_enough_space' })
    memory.controls.setFreeBytes(3 * BLOCK_BYTES)
    await imported()
  })

  test('are copied no further when the service has ended', async () => {
    memory.controls.holdMerges()
    const begun = Promise.withResolvers<void>()
    const copy = memory.driver.importImage(own, source, () => begun.resolve(), never)
    await begun.promise
    const driver = memory.reopen()
    memory.controls.releaseMerges()
    await assert.rejects(copy, /the service has ended/)
    assert.equal(memory.controls.layerIds().includes(own.id), false)
    await driver.importImage(own, source, () => {}, never)
    assert.deepEqual(memory.controls.contents(own.id), file.blocks)
  })

  test('a copy of a chain needs space as well', async () => {
    const copy = { ...layer(12), sizeBytes: 64 * BLOCK_BYTES }
    memory.controls.setFreeBytes(BLOCK_BYTES)
    const flatten = () => memory.driver.flattenLayer(copy, [lower, image], () => {}, never)
    await assert.rejects(flatten(), { code: 'not_enough_space' })
    memory.controls.setFreeBytes(2 * BLOCK_BYTES)
    await flatten()
  })
})

test('a host without UEFI', async () => {
  const nvram = { ...layer(11), sizeBytes: (await memory.driver.nvramBytes()) ?? 0 }
  memory.controls.setFirmware(false)
  assert.equal(await memory.driver.nvramBytes(), null)
  await assert.rejects(memory.driver.createNvram(nvram), { code: 'firmware_unavailable' })
  memory.controls.setFirmware(true)
  await memory.driver.createNvram(nvram)
})

describe('controls', () => {
  test('a paused machine says why, does not write, and is resumed', async () => {
    const { driver, controls } = memory
    controls.pause(7, 'the disk of the host is full')
    const state = await driver.inspect(7)
    assert.deepEqual([state.state, state.reason], ['paused', 'the disk of the host is full'])
    assert.throws(() => controls.write(7, 0, 2, 1))
    await driver.resume(7)
    assert.equal((await driver.inspect(7)).state, 'running')
  })

  test('free bytes', async () => {
    memory.controls.setFreeBytes(123)
    assert.equal(await memory.driver.freeBytes(), 123)
  })

  test('an occupied layer is not merged', async () => {
    const { driver, controls } = memory
    controls.occupy(lower.id, 'a backup reads it')
    const isBusy = (error: unknown) => error instanceof LayerBusy && error.waitsFor === 'a backup reads it'
    await assert.rejects(
      driver.copyMerge(merge, () => {}, never),
      isBusy,
    )
    controls.occupy(lower.id, null)
    await driver.copyMerge(merge, () => {}, never)
  })

  test('only one merge works on a layer', async () => {
    const { driver, controls } = memory
    controls.holdMerges()
    const first = driver.copyMerge(merge, () => {}, never)
    await assert.rejects(
      driver.copyMerge({ ...merge, id: 10 }, () => {}, never),
      LayerBusy,
    )
    controls.releaseMerges()
    await first
  })
})

describe('faults', () => {
  test('before the effect', async () => {
    memory.controls.faults.fail({ method: 'createLayer', when: 'before' })
    await assert.rejects(memory.driver.createLayer(top, upper), /injected: createLayer/)
    assert.equal(memory.controls.layerIds().includes(top.id), false)
    await memory.driver.createLayer(top, upper)
  })

  test('after the effect, with an error of choice', async () => {
    const error = new Failure('machine_failed', 'as asked')
    memory.controls.faults.fail({ method: 'createLayer', when: 'after', error })
    await assert.rejects(memory.driver.createLayer(top, upper), error)
    assert.equal(memory.controls.layerIds().includes(top.id), true)
  })

  test('the nth call of any method, for ever, until cleared', async () => {
    const { driver, controls } = memory
    controls.faults.fail({ when: 'before', skip: 2, forever: true })
    await driver.inspect(7)
    await driver.freeBytes()
    await assert.rejects(driver.inspect(7))
    await assert.rejects(driver.freeBytes())
    controls.faults.clear()
    await driver.freeBytes()
  })

  test('calls are counted, also across a restart of the service', async () => {
    const before = memory.controls.faults.calls.length
    await memory.driver.inspect(7)
    await memory.reopen().inspect(7)
    assert.deepEqual(memory.controls.faults.calls.slice(before), ['inspect', 'inspect'])
  })
})
