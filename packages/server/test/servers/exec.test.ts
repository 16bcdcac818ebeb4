/** Programs in servers: what is told of them, how often they are started, and where what they say is kept: nowhere. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProgramEnd } from '../../src/drivers/driver.ts'
import { openWorld, type World } from '../http/harness.ts'
import { test } from '../support/databases.ts'
import { rowsOf } from '../support/rows.ts'
import { waiting } from './support.ts'

const end: ProgramEnd = {
  exitCode: 3,
  signal: null,
  stdout: { text: 'said', isCut: false },
  stderr: { text: '', isCut: true },
}
const program = { program: '/bin/upgrade', arguments: ['--password', 'S3CRET'] }

async function openRunning(t: Parameters<typeof openWorld>[0]): Promise<World> {
  const world = await openWorld(t)
  await world.post('servers/1/start/', undefined, waiting)
  return world
}

async function over(world: World, id: number) {
  for (;;) {
    const { status, body } = await world.call(`servers/1/exec/${id}/`)
    assert.equal(status, 200)
    if (body.status !== 'running') return body
    await sleep(5)
  }
}

test('a program is started with its arguments, and its end is told', async t => {
  const world = await openRunning(t)
  world.memory.controls.setFate(1, 'runs')
  const { status, body, headers } = await world.post('servers/1/exec/', program)
  assert.deepEqual([status, body.status, headers['operation-id']], [201, 'running', undefined])
  while (world.memory.controls.programs(1).length === 0) await sleep(5)
  assert.deepEqual(world.memory.controls.programs(1), [{ path: program.program, arguments: program.arguments }])
  assert.equal((await world.call(`servers/1/exec/${body.id}/`)).body.status, 'running')
  world.memory.controls.setFate(1, end)
  const { started_at, ended_at, ...told } = await over(world, body.id)
  assert.ok(ended_at >= started_at)
  assert.deepEqual(told, {
    id: body.id,
    server_id: 1,
    status: 'exited',
    exit_code: 3,
    signal: null,
    stdout: 'said',
    stderr: '',
    truncated: true,
    error: null,
  })
})

test('a request with its key starts it once, whatever became of the first answer', async t => {
  const world = await openRunning(t)
  world.memory.controls.setFate(1, 'runs')
  const headers = { 'idempotency-key': 'once' }
  const send = () => world.post('servers/1/exec/', program, { headers })
  const [one, two] = await Promise.all([send(), send()])
  const three = await send()
  assert.deepEqual([two.body.id, three.body.id, three.status], [one.body.id, one.body.id, 201])
  while (world.memory.controls.programs(1).length === 0) await sleep(5)
  await sleep(20)
  assert.equal(world.memory.controls.programs(1).length, 1)
  const other = await world.post('servers/1/exec/', { program: '/bin/other' }, { headers })
  assert.equal(other.body.code, 'idempotency_key_reused')
})

test('neither arguments nor output are in a row or the log', async t => {
  const world = await openRunning(t)
  world.memory.controls.setFate(1, { ...end, stdout: { text: 'S3CRET', isCut: false } })
  const { body } = await world.post('servers/1/exec/', program, { headers: { 'idempotency-key': 'k' } })
  assert.equal((await over(world, body.id)).stdout, 'S3CRET')
  world.memory.controls.setFate(1, { refused: 'S3CRET: no such file' })
  assert.equal((await over(world, (await world.post('servers/1/exec/', program)).body.id)).status, 'failed')
  assert.ok(!JSON.stringify(await rowsOf(world)).includes('S3CRET'))
  assert.ok(world.lines.some(line => line.includes('/exec/')))
  assert.ok(!world.lines.join().includes('S3CRET'))
})

test('what does not come to an end by itself says why', async t => {
  const world = await openRunning(t)
  const { controls } = world.memory
  const told = async (more: object = {}) => {
    const { error, ...rest } = await over(world, (await world.post('servers/1/exec/', { ...program, ...more })).body.id)
    return [rest.status, error?.code]
  }
  controls.setFate(1, { refused: 'no such file' })
  assert.deepEqual(await told(), ['failed', 'exec_refused'])
  controls.setFate(1, 'runs')
  assert.deepEqual(await told({ timeout_seconds: 1 }), ['failed', 'deadline_exceeded'])
  controls.faults.fail({ method: 'startProgram', when: 'after' })
  assert.deepEqual(await told(), ['unknown', 'outcome_unknown'])
  const ending = told()
  while (controls.programs(1).length < 2) await sleep(5)
  controls.crash(1)
  assert.deepEqual(await ending, ['unknown', 'outcome_unknown'])
})

test('questions that fail are asked again: the end is told all the same', async t => {
  const world = await openRunning(t)
  const { controls } = world.memory
  controls.setFate(1, 'runs')
  const { body } = await world.post('servers/1/exec/', program)
  while (controls.programs(1).length === 0) await sleep(5)
  controls.setAgent(1, 'silent')
  await sleep(50)
  controls.setFate(1, end)
  controls.setAgent(1, 'present')
  assert.deepEqual([(await over(world, body.id)).status], ['exited'])
})

test('refused: a server that does not run, no agent, too many at once; and nobody knows of what never was', async t => {
  const world = await openRunning(t)
  const { controls } = world.memory
  const code = async (path = 'servers/1/exec/') => (await world.post(path, program)).body.code
  controls.setFate(1, 'runs')
  assert.deepEqual([await code(), await code(), await code()], [undefined, undefined, 'server_busy'])
  controls.setAgent(1, 'absent')
  assert.equal(await code(), 'agent_unavailable')
  await world.post('servers/1/stop/', undefined, waiting)
  assert.equal(await code(), 'server_wrong_state')
  assert.equal(await code('servers/7/exec/'), 'not_found')
  assert.equal((await world.call('servers/1/exec/1/')).status, 404)
})

test('it is told until 15 minutes after its end, and not by another service', async t => {
  const world = await openRunning(t)
  const { body } = await world.post('servers/1/exec/', program)
  await over(world, body.id)
  world.clock.offset = 14 * 60_000
  assert.equal((await world.call(`servers/1/exec/${body.id}/`)).status, 200)
  world.clock.offset = 16 * 60_000
  assert.equal((await world.call(`servers/1/exec/${body.id}/`)).status, 404)
})
