/** Waiting: for the end, not at all, for so long, and until somebody has enough. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openService } from '../../sdk/test/support/service.ts'
import { ended, openCli } from './support/cli.ts'

test('--no-wait answers with the operation, as it has begun', async t => {
  const service = await openService(t, { engine: false })
  const cli = openCli(t, service)
  const operation = await cli.json('snapshot', 'create', '1', '--name', 'one', '--no-wait')
  assert.deepEqual(operation, await service.client().operations.get(operation.id))
  assert.deepEqual([operation.status, operation.snapshot_id], ['queued', 1])
})

test('it waits as long as it takes', async t => {
  const service = await openService(t, { engine: false })
  const cli = openCli(t, service)
  const child = cli.start(['snapshot', 'create', '1', '--name', 'one', '--json'])
  const ending = ended(child)
  while ((await service.count('operations')) === 0) await sleep(20)
  // Longer than the first reply is held back: then it asks again and again.
  await sleep(1500)
  assert.equal(child.exitCode, null)
  await service.startEngine()
  const { code, stdout, stderr } = await ending
  assert.deepEqual([code, stderr, JSON.parse(stdout).status], [0, '', 'completed'])
})

test('a server that is deleted is waited for until all of it is gone', async t => {
  const service = await openService(t, { engine: false })
  const cli = openCli(t, service)
  const ending = ended(cli.start(['server', 'delete', '1']))
  while ((await service.count('operations')) === 0) await sleep(20)
  const operation = await cli.json('operation', 'watch', '1', '--timeout', '1').catch(() => undefined)
  assert.equal(operation, undefined)
  await service.startEngine()
  assert.deepEqual(await ending, { code: 0, stdout: 'Server 1 is deleted.\n', stderr: '' })
  assert.equal((await service.client().operations.get(1)).status, 'completed')
})

test('--timeout: the operation goes on, and how to see it is said', async t => {
  const service = await openService(t, { engine: false })
  const cli = openCli(t, service)
  const { code, stdout, stderr } = await cli.run(['server', 'start', '1', '--timeout', '1', '--json'])
  assert.deepEqual(
    [code, stdout, stderr],
    [6, '', 'restpoint: It has not ended in time.\nOperation 1 goes on. To see it: restpoint operation watch 1\n'],
  )
  assert.equal((await service.client().operations.get(1)).status, 'queued')
  assert.equal((await cli.run(['operation', 'watch', '1', '--timeout', '1'])).code, 6)
  await service.startEngine()
  assert.equal((await cli.json('operation', 'watch', '1')).status, 'completed')
})

for (const delay of [0, 1500]) {
  test(`Ctrl-C ${delay} ms after it was begun: the operation goes on, and how to see it is said`, async t => {
    const service = await openService(t, { engine: false })
    const cli = openCli(t, service)
    const child = cli.start(['server', 'start', '1'])
    const ending = ended(child)
    while ((await service.count('operations')) === 0) await sleep(20)
    await sleep(delay)
    child.kill('SIGINT')
    assert.deepEqual(await ending, {
      code: 130,
      stdout: '',
      stderr: 'restpoint: Interrupted.\nOperation 1 goes on. To see it: restpoint operation watch 1\n',
    })
  })
}

test('one that fails: what happened, what can be done, exit code 1', async t => {
  const service = await openService(t)
  const cli = openCli(t, service)
  await service.client().servers.start(1, { waitSeconds: 30 })
  service.memory.controls.setAgent(1, 'absent')
  const args = ['snapshot', 'create', '1', '--name', 'one', '--consistency', 'filesystem']
  const { code, stdout, stderr } = await cli.run(args)
  assert.deepEqual([code, stdout], [1, ''])
  const [what, remedy, ...more] = stderr.trimEnd().split('\n')
  assert.match(what ?? '', /^restpoint: The requested consistency could not be reached: /)
  assert.equal(remedy, 'Install and start qemu-guest-agent in the server, or ask for consistency=auto.')
  assert.deepEqual(more, [])
})

test('a token that may begin it and follow it, but not look at it: done is done', async t => {
  const service = await openService(t)
  const token = await service.tokenWith('snapshots:write', 'servers:read')
  const { code, stdout } = await openCli(t, { ...service, token }).run(['snapshot', 'create', '1', '--name', 'one'])
  assert.equal(code, 0)
  assert.match(stdout, /snapshot_create/)
})
