import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { needs } from '../../../../../../test/support/needs.ts'
import { AgentUnavailable, startKeeper } from '../../../../src/drivers/qemu/keeper/client.ts'
import type { Limits } from '../../../../src/drivers/qemu/keeper/limits.ts'
import { bootMachine, type TestMachine, until } from './machine.ts'

const skip = needs('qemu-system-x86_64', 'qemu-img', 'busybox', 'mke2fs', 'apt-get')
const options = { skip, timeout: 60_000 }
let machine: TestMachine
before(async () => {
  if (skip === false) machine = await bootMachine()
})
after(() => machine?.end())

type Context = { after(done: () => Promise<void>): void }
function keeperOf(t: Context, limits: Partial<Limits> = {}) {
  const keeper = startKeeper({ limits })
  t.after(() => keeper.close())
  return keeper
}

test('between freeze and thaw the disk stands still, and both count the same', options, async t => {
  const keeper = keeperOf(t, { holdMs: 30_000, switchMs: 60_000 })
  assert.deepEqual(await keeper.freeze(machine.agentSocket), { frozen: 1, armed: true })
  const write = await machine.write()
  await until(write.stuck)
  assert.equal(await write.done(), false)
  const thawed = await keeper.thaw(machine.agentSocket)
  assert.deepEqual({ ...thawed, frozenMs: 0 }, { frozen: 1, thawed: 1, frozenMs: 0, byDeadline: false })
  assert.ok(thawed.frozenMs > 0)
  await until(write.done)
  assert.deepEqual(await keeper.thaw(machine.agentSocket), thawed)
})

test('freezes in a row all hold: the switch of the one before is gone', options, async t => {
  const keeper = keeperOf(t, { switchMs: 600_000 })
  for (let round = 0; round < 3; round++) {
    const { frozen } = await keeper.freeze(machine.agentSocket)
    assert.equal((await keeper.thaw(machine.agentSocket)).thawed, frozen)
  }
  await until(async () => (await machine.shell('ps | grep -c "[r]estpoint-"')) === '0\n')
})

test('a caller who does not come back loses the freeze, and is told', options, async t => {
  const keeper = keeperOf(t, { holdMs: 200, switchMs: 60_000 })
  await keeper.freeze(machine.agentSocket)
  await until((await machine.write()).done)
  const { frozenMs, ...counts } = await keeper.thaw(machine.agentSocket)
  assert.deepEqual(counts, { frozen: 1, thawed: 1, byDeadline: true })
  assert.ok(frozenMs >= 200, `${frozenMs}`)
})

test('a thaw by somebody else shows in the counts', options, async t => {
  const keeper = keeperOf(t)
  await keeper.freeze(machine.agentSocket)
  await machine.shell('fsfreeze --unfreeze /')
  assert.equal((await keeper.thaw(machine.agentSocket)).thawed, 0)
})

test('a second freeze of the same guest waits for the end of the first', options, async t => {
  const keeper = keeperOf(t)
  await keeper.freeze(machine.agentSocket)
  const second = keeper.freeze(machine.agentSocket)
  assert.equal((await keeper.thaw(machine.agentSocket)).thawed, 1)
  assert.equal((await second).frozen, 1)
  assert.equal((await keeper.thaw(machine.agentSocket)).thawed, 1)
})

test('nobody at the socket: absent, and no harm done', options, async t => {
  const keeper = keeperOf(t)
  const gone = (error: unknown) => error instanceof AgentUnavailable && error.reason === 'agent_absent'
  await assert.rejects(keeper.freeze('/nowhere/agent'), gone)
  await keeper.rescue('/nowhere/agent')
  assert.equal(await keeper.describe('/nowhere/agent', 1000), null)
  assert.equal(await keeper.shutdown('/nowhere/agent', 'powerdown'), false)
  await assert.rejects(keeper.thaw('/nowhere/agent'), { name: 'AgentUnavailable', reason: 'agent_error' })
})

test('an agent that sleeps before the freeze is not asked to freeze', options, async t => {
  const keeper = keeperOf(t, { syncMs: 200 })
  await machine.shell('kill -STOP $(pidof qemu-ga)')
  await assert.rejects(keeper.freeze(machine.agentSocket), { name: 'AgentUnavailable', reason: 'agent_timeout' })
  assert.equal(await keeper.describe(machine.agentSocket, 200), null)
  await keeper.rescue(machine.agentSocket)
  await machine.shell('kill -CONT $(pidof qemu-ga)')
  await until((await machine.write()).done)
  await until(async () => (await keeper.describe(machine.agentSocket, 1000)) !== null)
})

test('a guest describes itself', options, async t => {
  const described = await keeperOf(t).describe(machine.agentSocket, 5000)
  assert.match(described?.version ?? '', /^\d+\.\d+/)
  assert.ok(described?.commands.includes('guest-fsfreeze-freeze'))
  assert.deepEqual(described?.ipAddresses, [])
  assert.equal(described?.osName, 'Tiny Linux (busybox)')
})

test('an idle keeper does not keep its parent alive', options, async () => {
  const { execFileSync } = await import('node:child_process')
  const client = new URL('../../../../src/drivers/qemu/keeper/client.ts', import.meta.url)
  const script = `const { startKeeper } = await import('${client}'); await startKeeper().rescue('/nowhere/agent')`
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 30_000 })
})

test('a reboot is asked for and happens, and the next agent is found', options, async t => {
  const keeper = keeperOf(t)
  const boots = () => machine.shown().split('GUEST-READY').length
  const boot = boots()
  assert.equal(await keeper.shutdown(machine.agentSocket, 'reboot'), true)
  await until(() => boots() > boot)
  await until(async () => (await keeper.describe(machine.agentSocket, 1000)) !== null)
  assert.equal((await keeper.freeze(machine.agentSocket)).frozen, 1)
  assert.equal((await keeper.thaw(machine.agentSocket)).thawed, 1)
})
