/** Every command against the real service: what it does there, and what it answers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openService } from '../../sdk/test/support/service.ts'
import { MIB } from '../../server/test/http/harness.ts'
import { openCli } from './support/cli.ts'

test('a snapshot is taken, restored, undone, cloned and deleted', async t => {
  const service = await openService(t)
  const cli = openCli(t, service)
  const api = service.client()

  const started = await cli.run(['server', 'start', 'web-server-01'])
  assert.deepEqual(started, { code: 0, stdout: 'Server web-server-01 (1) is active.\n', stderr: '' })

  const taken = await cli.run(['snapshot', 'create', 'web-server-01', '--name', 'before-upgrade'])
  assert.deepEqual(taken, {
    code: 0,
    stdout: 'Snapshot before-upgrade (1) of web-server-01 is completed: filesystem-consistent, 1 MiB.\n',
    stderr: '',
  })

  const restored = await cli.run(['snapshot', 'restore', 'before-upgrade'])
  assert.match(restored.stdout, /^Server web-server-01 \(1\) is active\.\nTo go back: restpoint snapshot undo 1\n$/)
  assert.equal((await cli.run(['snapshot', 'undo', '1'])).code, 0)
  assert.equal((await cli.run(['server', 'reboot', '1'])).code, 0)
  assert.equal((await cli.run(['server', 'stop', '1'])).code, 0)
  assert.equal((await api.servers.get(1)).status, 'stopped')

  const clone = await cli.json(
    'snapshot',
    'clone',
    'before-upgrade',
    'trial',
    '--memory',
    '64',
    '--network',
    'user',
    '--quarantine',
  )
  assert.deepEqual([clone.name, clone.plan.memory, clone.status], ['trial', 64, 'active'])
  assert.deepEqual(await cli.run(['server', 'delete', 'trial']), {
    code: 0,
    stdout: 'Server trial is deleted.\n',
    stderr: '',
  })
  assert.equal((await cli.run(['snapshot', 'delete', 'before-upgrade', '--server', 'web-server-01'])).code, 0)
  assert.equal((await api.snapshots.list()).count, 0)
  const kinds = (await api.operations.list()).results.map(({ kind }) => kind).filter(kind => kind !== 'merge')
  assert.deepEqual(kinds.reverse(), [
    'server_start',
    'snapshot_create',
    'snapshot_restore',
    'server_undo',
    'server_reboot',
    'server_stop',
    'server_clone',
    'server_delete',
  ])
})

test('what is made and shown is what the API says', async t => {
  const service = await openService(t)
  const cli = openCli(t, service)
  const api = service.client()
  await service.completed('one')
  const same = async (args: string[], body: unknown) => assert.deepEqual(await cli.json(...args), body, args.join(' '))
  await same(['server', 'list'], await api.servers.list())
  await same(['server', 'list', '--status', 'active'], { count: 0, results: [] })
  await same(['server', 'show', 'web-server-01'], await api.servers.get(1))
  await same(['server', 'layers', '1'], await api.servers.layers(1))
  await same(['snapshot', 'list', '--server', 'web-server-01'], await api.snapshots.list({ server_id: 1 }))
  await same(['snapshot', 'show', 'one'], await api.snapshots.get(1))
  await same(['image', 'list'], await api.images.list())
  await same(['operation', 'list', '--server', '1', '--status', 'completed'], await api.operations.list())
  await same(['operation', 'watch', '1'], await api.operations.get(1))
  await same(['account', 'show'], await api.account.me())
  await same(['account', 'show', 'OWNER@example.com'], await api.accounts.get(1))
  await same(['account', 'list'], await api.accounts.list())
  const two = await cli.json('snapshot', 'create', '1', '--name', 'two', '--description', 'x', '--consistency', 'crash')
  assert.deepEqual(two, await api.snapshots.get(2))
  assert.deepEqual([two.name, two.description, two.receipt?.requested], ['two', 'x', 'crash'])
})

test('servers, tokens and accounts are made with what was said', async t => {
  const service = await openService(t)
  const cli = openCli(t, service)
  const api = service.client()
  const options = ['--image', 'tiny', '--storage', '1', '--memory', '64', '--forward', '80:18080', '--disk', '2']
  const server = await cli.json('server', 'create', 'web-02', ...options, '--no-autostart', '--location', 'attic')
  assert.deepEqual(
    [server.plan.memory, server.autostart, server.location, server.network.forwards[0].host_port],
    [64, false, 'attic', 18080],
  )
  assert.deepEqual(server, await api.servers.get(server.id))

  const token = await cli.json(
    'token',
    'create',
    'ci',
    '--permission',
    'snapshots:read',
    '--permission',
    'servers:read',
    '--expires',
    '1h',
  )
  assert.deepEqual(token.permissions, ['snapshots:read', 'servers:read'])
  assert.ok(Date.parse(token.expires_at) > Date.now() + 3_500_000)
  assert.equal((await service.call('servers/', { token: token.token })).status, 200)
  assert.equal((await cli.run(['token', 'revoke', 'ci'])).code, 0)
  assert.equal((await service.call('servers/', { token: token.token })).status, 401)

  const account = await cli.json('account', 'create', 'ada@example.com', '--first-name', 'Ada', '--max-servers', '3')
  assert.deepEqual([account.quota.servers, account.first_name], [3, 'Ada'])
  const theirs = ['--account', 'ada@example.com']
  assert.deepEqual(await cli.json('server', 'list', ...theirs), { count: 0, results: [] })
  assert.deepEqual((await cli.json('token', 'list', ...theirs)).count, 1)
  assert.equal((await cli.run(['account', 'delete', 'ada@example.com'])).code, 0)
  assert.equal((await api.accounts.list()).count, 1)
})

test('an image is imported and deleted', async t => {
  const service = await openService(t)
  const cli = openCli(t, service)
  service.memory.controls.putFile('/srv/one.raw', { format: 'raw', sizeBytes: MIB, blocks: new Map([[0, 1]]) })
  const options = ['--name', 'one', '--format', 'raw', '--os-name', 'One', '--no-cloud-init', '--link']
  const image = await cli.json('image', 'import', '/srv/one.raw', ...options)
  assert.deepEqual(image, await service.client().images.get(image.id))
  assert.deepEqual([image.status, image.os_name, image.cloud_init, image.linked], ['available', 'One', false, true])
  assert.equal((await cli.run(['image', 'delete', 'one'])).code, 0)
  assert.equal((await service.client().images.list()).count, 1)
})

test('for people: tables with relative times', async t => {
  const service = await openService(t)
  const cli = openCli(t, service)
  await service.completed('one')
  service.clock.offset = -150_000
  await service.completed('two')
  const lines = (await cli.run(['snapshot', 'list'])).stdout.split('\n').map(line => line.split(/ {2,}/))
  assert.deepEqual(lines[0], ['ID', 'SERVER', 'NAME', 'STATUS', 'SIZE', 'TAKEN', 'DESCRIPTION'])
  const rows = lines.slice(1, 3)
  assert.ok(
    rows.some(row => row[2] === 'two' && /^[23] minutes ago$/.test(row[5] ?? '')),
    String(rows),
  )
  for (const args of [
    ['server', 'show', '1'],
    ['server', 'layers', '1'],
    ['image', 'list'],
    ['token', 'list'],
  ]) {
    const { code, stdout } = await cli.run(args)
    assert.equal(code, 0)
    assert.match(stdout, /web-server-01|image|tiny|admin/)
  }
  assert.match((await cli.run(['snapshot', 'list', '--account', '1'])).stdout, /two/)
  assert.equal((await cli.run(['operation', 'list', '--status', 'failed'])).stdout, 'There are no operations.\n')
})

test('a dry run does nothing, and says in words what would be', async t => {
  const service = await openService(t)
  const cli = openCli(t, service)
  await service.completed('one')
  const before = await service.count('operations')
  const possible = await cli.run(['snapshot', 'create', '1', '--name', 'two', '--dry-run'])
  assert.equal(possible.code, 0)
  assert.match(
    possible.stdout,
    /^Nothing was done\. It would be accepted\.\nIt takes about [\d.]+ s \(the median of 1 /,
  )
  const frees = await cli.run(['snapshot', 'delete', 'one', '--dry-run'])
  assert.match(frees.stdout, /\nIt frees \d+/)
  const blocked = await cli.run(['server', 'stop', '1', '--dry-run'])
  assert.equal(blocked.code, 5)
  assert.match(blocked.stdout, /would be refused:\n {2}- Server 1 is stopped.*\n {4}Bring the server/)
  assert.deepEqual(await cli.json('server', 'start', '1', '--dry-run'), await service.client().dryRun.servers.start(1))
  for (const args of [
    ['server', 'create', 'x', '--image', 'tiny', '--storage', '1'],
    ['server', 'delete', '1', '--with-snapshots'],
    ['snapshot', 'restore', 'one'],
    ['snapshot', 'clone', 'one', 'x'],
    ['image', 'delete', 'tiny'],
    ['token', 'create', 'x', '--permission', 'admin'],
    ['account', 'create', 'x@example.com'],
  ]) {
    assert.equal((await cli.json(...args, '--dry-run')).possible, true, args.join(' '))
  }
  assert.equal(await service.count('operations'), before)
  assert.equal((await service.client().images.list()).count, 1)
})
