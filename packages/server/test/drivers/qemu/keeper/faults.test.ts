/**
 * Who dies, who hangs, and who thaws. In each test the limits leave only one of the guards a chance, so that it alone
 * is what is proven; the others would come too late for the test.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { needs } from '../../../../../../test/support/needs.ts'
import { startKeeper } from '../../../../src/drivers/qemu/keeper/client.ts'
import type { Limits } from '../../../../src/drivers/qemu/keeper/limits.ts'
import { bootMachine, type TestMachine, until } from './machine.ts'

const skip = needs('qemu-system-x86_64', 'qemu-img', 'busybox', 'mke2fs', 'apt-get')
const options = { skip, timeout: 60_000 }
const never = 600_000
let machine: TestMachine
before(async () => {
  if (skip === false) machine = await bootMachine()
})
after(() => machine?.end())

type Context = { after(done: () => unknown): void }

/** A service that has frozen the guest, and its keeper. */
async function frozenBy(t: Context, limits: Partial<Limits>): Promise<{ service: ChildProcess; keeper: number }> {
  const program = fileURLToPath(new URL('./parent.ts', import.meta.url))
  const service = spawn(process.execPath, [program, machine.agentSocket, JSON.stringify(limits)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => service.kill('SIGKILL'))
  const [said] = await Promise.race([once(service.stdout as NodeJS.EventEmitter, 'data'), once(service, 'exit')])
  assert.deepEqual(JSON.parse(String(said)), { frozen: 1, armed: true })
  return { service, keeper: onlyChild(service.pid as number) }
}

function onlyChild(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
  assert.equal(children.length, 1)
  return children[0] as number
}

function isAlive(pid: number): boolean {
  try {
    // A dead one that nobody has waited for is a zombie.
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** A write that hangs now; awaits its end after `fault`. */
async function thawsAfter(fault: () => unknown): Promise<void> {
  const write = await machine.write()
  await until(write.stuck)
  fault()
  await until(write.done)
}

test('the service is killed: the keeper thaws, and ends', options, async t => {
  const { service, keeper } = await frozenBy(t, { holdMs: never, switchMs: never })
  await thawsAfter(() => service.kill('SIGKILL'))
  await until(() => !isAlive(keeper))
})

test('the service hangs: the keeper thaws after its deadline', options, async t => {
  const { service } = await frozenBy(t, { holdMs: 2000, switchMs: never })
  await thawsAfter(() => service.kill('SIGSTOP'))
})

test('the keeper is told to end: it thaws first', options, async t => {
  const { keeper } = await frozenBy(t, { holdMs: never, switchMs: never })
  await thawsAfter(() => process.kill(keeper, 'SIGTERM'))
  await until(() => !isAlive(keeper))
})

test('service and keeper are gone: the switch in the guest thaws', options, async t => {
  const { service, keeper } = await frozenBy(t, { holdMs: never, switchMs: 4000 })
  await thawsAfter(() => {
    service.kill('SIGSTOP')
    process.kill(keeper, 'SIGKILL')
  })
})

test('service and keeper are gone and the switch too: the next keeper rescues', options, async t => {
  const { service, keeper } = await frozenBy(t, { holdMs: never, switchMs: never })
  service.kill('SIGSTOP')
  process.kill(keeper, 'SIGKILL')
  const next = startKeeper()
  t.after(() => next.close())
  await thawsAfter(() => next.rescue(machine.agentSocket))
  await machine.shell('pkill -f restpoint-')
  assert.equal((await next.freeze(machine.agentSocket)).frozen, 1)
  assert.equal((await next.thaw(machine.agentSocket)).thawed, 1)
})

test('the keeper is killed: its successor thaws, the caller is told, the next freeze holds', options, async t => {
  const keeper = startKeeper({ limits: { holdMs: never, switchMs: never } })
  t.after(() => keeper.close())
  await keeper.freeze(machine.agentSocket)
  await thawsAfter(() => process.kill(keeperOfOurs() as number, 'SIGKILL'))
  await assert.rejects(keeper.thaw(machine.agentSocket), { name: 'AgentUnavailable', reason: 'keeper_died' })
  await machine.shell('pkill -f restpoint-')
  assert.equal((await keeper.freeze(machine.agentSocket)).frozen, 1)
  assert.equal((await keeper.thaw(machine.agentSocket)).thawed, 1)
})

test('the keeper hangs: it is taken for dead', options, async t => {
  const keeper = startKeeper({ limits: { holdMs: never, switchMs: never, thawMs: 100 } })
  t.after(() => keeper.close())
  await keeper.freeze(machine.agentSocket)
  process.kill(keeperOfOurs() as number, 'SIGSTOP')
  await assert.rejects(keeper.thaw(machine.agentSocket), { name: 'AgentUnavailable', reason: 'keeper_died' })
  await until((await machine.write()).done)
  await machine.shell('pkill -f restpoint-')
})

test('the agent falls asleep over the freeze: told at once, thawed when it wakes', options, async t => {
  await restartAgent('-F/tmp/hook', `[ $1 = freeze ] && kill -STOP $(pidof qemu-ga)`)
  const keeper = startKeeper()
  t.after(() => keeper.close())
  await until(async () => (await keeper.describe(machine.agentSocket, 1000)) !== null)
  await assert.rejects(keeper.freeze(machine.agentSocket), { name: 'AgentUnavailable', reason: 'freeze_timeout' })
  // While that is being undone nobody waits for it.
  await assert.rejects(keeper.freeze(machine.agentSocket), { name: 'AgentUnavailable', reason: 'agent_timeout' })
  // The hook is a child of the agent's: the freeze goes on once it wakes. It is traced, or it might never have happened.
  await machine.shell('kill -CONT $(pidof qemu-ga)')
  await until(async () => /^freeze\nthaw\n/.test(await machine.shell('cat /tmp/hook.log')))
  await until((await machine.write()).done)
  await machine.shell('rm /tmp/hook')
  await restartAgent('', '')
  await until(async () => (await keeper.describe(machine.agentSocket, 1000)) !== null)
  assert.equal((await keeper.freeze(machine.agentSocket)).frozen, 1)
  assert.equal((await keeper.thaw(machine.agentSocket)).thawed, 1)
})

test('the agent falls asleep over the freeze and the keeper is killed: its successor sees to it', options, async t => {
  await restartAgent('-F/tmp/hook', `[ $1 = freeze ] && kill -STOP $(pidof qemu-ga)`)
  const keeper = startKeeper()
  t.after(() => keeper.close())
  await until(async () => (await keeper.describe(machine.agentSocket, 1000)) !== null)
  await assert.rejects(keeper.freeze(machine.agentSocket), { name: 'AgentUnavailable', reason: 'freeze_timeout' })
  const former = keeperOfOurs() as number
  process.kill(former, 'SIGKILL')
  await until(() => ![undefined, former].includes(keeperOfOurs()))
  await machine.shell('pkill -f restpoint-; kill -CONT $(pidof qemu-ga)')
  await until(async () => /^freeze\nthaw\n/.test(await machine.shell('cat /tmp/hook.log')))
  await until((await machine.write()).done)
  await machine.shell('rm /tmp/hook')
  await restartAgent('', '')
})

test('an agent that runs no commands for us is frozen all the same, unarmed', options, async t => {
  await restartAgent('-bguest-exec', '')
  const keeper = startKeeper()
  t.after(() => keeper.close())
  await until(async () => (await keeper.describe(machine.agentSocket, 1000))?.commands.includes('guest-exec') === false)
  assert.deepEqual(await keeper.freeze(machine.agentSocket), { frozen: 1, armed: false })
  assert.equal((await keeper.thaw(machine.agentSocket)).thawed, 1)
})

test('the machine ends while frozen: nobody waits', options, async t => {
  const keeper = startKeeper({ limits: { holdMs: never, switchMs: never } })
  t.after(() => keeper.close())
  await keeper.freeze(machine.agentSocket)
  await machine.end()
  await assert.rejects(keeper.freeze(machine.agentSocket), { name: 'AgentUnavailable', reason: 'agent_absent' })
})

function keeperOfOurs(): number | undefined {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').map(Number)
  const [keeper] = children.filter(pid => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('keeper/main.ts'))
  return keeper
}

/** The agent again, with an option more and a freeze hook that notes its calls and then does `hook`. */
async function restartAgent(option: string, hook: string): Promise<void> {
  await machine.shell(`printf '#!/bin/sh\\necho $1 >>/tmp/hook.log\\n%s\\n' '${hook}' >/tmp/hook; chmod +x /tmp/hook`)
  await machine.shell(`sed -i 's|qemu-ga .*-m|qemu-ga ${option} -m|' /usr/sbin/guest-agent; rm -f /tmp/hook.log`)
  const before = await machine.shell('pidof qemu-ga')
  await machine.shell('kill $(pidof qemu-ga)')
  await until(async () => !['', before].includes(await machine.shell('pidof qemu-ga')))
}
