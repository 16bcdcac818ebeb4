/** Whether a QEMU runs: what nobody has noted, and what cannot be looked at. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { needs } from '../../../../../test/support/needs.ts'
import { machinesOf } from '../../../../../test/system/support/machines.ts'
import type { Driver, MergeJob } from '../../../src/drivers/driver.ts'
import { type Host, realHost } from '../../../src/drivers/qemu/host.ts'
import { openQemuDriver } from '../../../src/drivers/qemu/qemu-driver.ts'
import { Failure } from '../../../src/errors.ts'
import { openRig, type Rig } from './rig.ts'

const options = { skip: needs('qemu-system-x86_64', 'qemu-img', 'xorriso') }
const never = new AbortController().signal

/** The pid of the QEMU that it has started with its last call; it is stopped before it can have written that itself. */
async function killedAfterLaunch(rig: Rig, work: (driver: Driver) => Promise<unknown>): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  const host = realHost(null)
  const launch: Host['launch'] = async (...command) => {
    const pid = await host.launch(...command)
    process.kill(pid, 'SIGSTOP')
    resolve(pid)
    return new Promise(() => {})
  }
  const stateDir = dirname(rig.paths.root)
  void work(await openQemuDriver({ ...host, launch }, { stateDir, accel: 'tcg', mergeBytesPerSecond: 2 ** 26 }))
  return promise
}

test('a machine that was started in the last moment of a service is found by the next one', options, async t => {
  const rig = await openRig(t)
  const machine = rig.machine(1, [await rig.layer(1, null)])
  const pid = await killedAfterLaunch(rig, driver => driver.start(machine))
  setTimeout(() => process.kill(pid, 'SIGCONT'), 200)
  await rig.driver.adopt([1])
  await rig.driver.start(machine)
  assert.equal((await rig.driver.inspect(1)).state, 'running')
  assert.equal(await rig.pid(1), pid)
})

test('a machine that cannot be noted does not run', options, async t => {
  let isFull = true
  const pids: number[] = []
  const rig = await openRig(t, host => ({
    ...host,
    launch: async (...command) => {
      const pid = await host.launch(...command)
      pids.push(pid)
      return pid
    },
    writeText: async (path, text) => {
      if (isFull && path.endsWith('/process.json')) {
        // Late: it has made its sockets by then.
        while (!existsSync(path.replace('process.json', 'agent.sock'))) await sleep(5)
        throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
      }
      return host.writeText(path, text)
    },
  }))
  const machine = rig.machine(1, [await rig.layer(1, null)])
  await assert.rejects(rig.driver.start(machine), { code: 'ENOSPC' })
  assert.deepEqual(await machinesOf(dirname(rig.paths.root)), [])
  const left = await readdir(rig.paths.machine(1).folder)
  assert.deepEqual(
    left.filter(name => name.endsWith('.sock')),
    [],
  )
  assert.equal((await rig.driver.inspect(1)).state, 'absent')
  isFull = false
  await rig.driver.start(machine)
  assert.equal(await rig.pid(1), pids[1])
})

test('whether the disk for cloud-init was made is asked again where nobody knows; a no is a no', options, async t => {
  let fault: ((said: Promise<string>) => Promise<string>) | undefined
  const rig = await openRig(t, host => ({
    ...host,
    run: (program, args, cwd) => {
      const said = host.run(program, args, cwd)
      return program === 'xorriso' && fault ? fault(said) : said
    },
  }))
  const seed = { instanceId: 'i-1', hostname: 'one', sshKeys: [], userData: null, isClone: false }
  const machine = { ...rig.machine(1, [await rig.layer(1, null)]), seed }
  fault = said => said.then(() => Promise.reject(new Error('its reply is lost')))
  await assert.rejects(rig.driver.start(machine), error => !(error instanceof Failure))
  fault = said => said.then(() => Promise.reject(Object.assign(new Error('no room'), { exitCode: 32 })))
  await assert.rejects(rig.driver.start(machine), { code: 'machine_failed' })
  fault = undefined
  await rig.driver.start(machine)
})

test('a bench that was started in the last moment of a service is ended by the next one', options, async t => {
  const rig = await openRig(t)
  const job = await mergeOf(rig)
  const pid = await killedAfterLaunch(rig, driver => driver.copyMerge(job, () => {}, never))
  await rig.driver.adopt([])
  assert.equal(
    (await machinesOf(dirname(rig.paths.root))).some(machine => machine.pid === pid),
    false,
  )
  await rig.driver.copyMerge(job, () => {}, never)
  await rig.driver.flushMerge(job)
  assert.equal(await rig.driver.pivotMerge(job), true)
})

test('a machine whose process cannot be looked at is not taken for gone', options, async t => {
  let isOutOfFiles = false
  const rig = await openRig(t, host => ({
    ...host,
    readText: async path => {
      if (isOutOfFiles && path.startsWith('/proc/')) throw Object.assign(new Error('too many'), { code: 'EMFILE' })
      return host.readText(path)
    },
  }))
  const machine = rig.machine(1, [await rig.layer(1, null)])
  await rig.driver.start(machine)
  const pid = await rig.pid(1)
  await rig.reopen()
  isOutOfFiles = true
  await assert.rejects(rig.driver.inspect(1), { code: 'EMFILE' })
  await assert.rejects(rig.driver.start(machine), { code: 'EMFILE' })
  isOutOfFiles = false
  assert.equal((await rig.driver.inspect(1)).state, 'running')
  assert.equal(await rig.pid(1), pid)
})

test('a bench whose process cannot be looked at is ended later', options, async t => {
  let isOutOfFiles = false
  const rig = await openRig(t, host => ({
    ...host,
    readText: async path => {
      if (isOutOfFiles && /^\/proc\/\d+\/stat$/.test(path))
        throw Object.assign(new Error('too many'), { code: 'EMFILE' })
      return host.readText(path)
    },
  }))
  const job = await mergeOf(rig)
  isOutOfFiles = true
  await assert.rejects(
    rig.driver.copyMerge(job, () => {}, never),
    { code: 'EMFILE' },
  )
  isOutOfFiles = false
  await rig.reopen()
  await rig.driver.adopt([])
  await rig.driver.copyMerge(job, () => {}, never)
  await rig.driver.cancelMerge(job)
})

async function mergeOf(rig: Rig): Promise<MergeJob> {
  const garbage = await rig.layer(2, null)
  const child = await rig.layer(3, garbage)
  return { id: 9, garbage, child, base: null, chain: [child, garbage] }
}
