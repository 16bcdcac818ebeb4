import assert from 'node:assert/strict'
import { Addresses } from '../../src/servers/addresses.ts'
import { openWorld, type World } from '../http/harness.ts'
import { test } from '../support/databases.ts'
import { quiet } from '../support/engine.ts'
import { made, waiting } from './support.ts'

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await isSo()); await new Promise(resolve => setTimeout(resolve, 5))) {
    if (Date.now() > deadline) throw new Error('in vain')
  }
}

const addressOf = async (world: World, id: number) => (await world.call(`servers/${id}/`)).body.ip_address

test('the address is what the agent tells, as long as the server runs', async t => {
  const world = await openWorld(t)
  const { controls } = world.memory
  const server = await made(world)
  const tell = (...ipAddresses: string[]) => controls.setFacts(server.id, { ipAddresses, osName: null })
  // It has none yet: it is asked again by and by.
  assert.equal(await addressOf(world, server.id), null)
  tell('10.0.2.15', 'fec0::1')
  await until(async () => (await addressOf(world, server.id)) === '10.0.2.15')
  assert.equal((await world.call('servers/')).body.results[1].ip_address, '10.0.2.15')

  // Whatever makes the watcher look finds a change.
  tell('10.0.2.16')
  await world.post(`servers/${server.id}/reboot/`, undefined, waiting)
  await until(async () => (await addressOf(world, server.id)) === '10.0.2.16')

  // An agent that does not answer says nothing.
  controls.setAgent(server.id, 'silent')
  await world.post(`servers/${server.id}/reboot/`, undefined, waiting)
  assert.equal(await addressOf(world, server.id), '10.0.2.16')

  await world.post(`servers/${server.id}/stop/`, undefined, waiting)
  assert.equal(await addressOf(world, server.id), null)
  controls.setAgent(server.id, 'present')
  await world.post(`servers/${server.id}/start/`, undefined, waiting)
  await until(async () => (await addressOf(world, server.id)) === '10.0.2.16')
  controls.crash(server.id)
  await until(async () => (await addressOf(world, server.id)) === null)
})

test('a server without a network is not asked, and one without an address not for ever', async t => {
  const world = await openWorld(t)
  const silent = await made(world, { network: 'none' })
  const server = await made(world)
  const asked: number[] = []
  const describe = async (id: number) => {
    asked.push(id)
    return null
  }
  const addresses = new Addresses({ db: world.db, driver: { describe }, now: world.now, log: quiet, firstDelayMs: 1 })
  for (const { id } of [silent, server]) addresses.ask(id)
  await until(async () => asked.length === 6)
  addresses.ask(server.id)
  await until(async () => asked.length === 7)
  await addresses.stop()
  assert.deepEqual(asked, Array(7).fill(server.id))
})
