/** How commands fail: the exit code, one line that says what, one that says what to do; never a stack, never a token. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openFaultyService, openService } from '../../sdk/test/support/service.ts'
import { catalogue } from '../../server/src/errors.ts'
import { endingOf, exitCodes } from '../src/exit-codes.ts'
import { openCli, type Ran } from './support/cli.ts'

function fails(ran: Ran, ending: keyof typeof exitCodes, what: RegExp): void {
  const { code, stdout, stderr } = ran
  assert.match(stderr, what)
  assert.deepEqual([code, stdout], [exitCodes[ending].code, ''], stderr)
  const lines = stderr.trimEnd().split('\n')
  assert.ok(lines.length <= 2, stderr)
  assert.match(lines[0] ?? '', /^restpoint: /)
  assert.doesNotMatch(stderr, /\n\s+at |rp_|file:\/\//)
}

test('refusals of the service', async t => {
  const service = await openService(t)
  const cli = openCli(t, service)
  fails(await cli.run(['server', 'show', '99']), 'notFound', /Not found/)
  fails(await cli.run(['server', 'stop', '1']), 'blocked', /Server 1 is stopped/)
  fails(await cli.run(['snapshot', 'undo', '1']), 'blocked', /no restore to undo/)
  fails(await cli.run(['snapshot', 'create', '1', '--name', 'not a name']), 'usage', /Invalid request: name: /)
  await service.completed('one')
  fails(await cli.run(['server', 'delete', '1']), 'blocked', /\n.*--with-snapshots/)
  const weak = openCli(t, { url: service.url, token: await service.tokenWith('servers:read') })
  fails(await weak.run(['snapshot', 'list']), 'notPermitted', /snapshots:read/)
  const wrong = openCli(t, { url: service.url, token: `rp_${'x'.repeat(43)}` })
  fails(await wrong.run(['server', 'list']), 'notPermitted', /\nRun "restpoint login"/)
})

test('no service, another service, a URL and a token that are none', async t => {
  const service = await openFaultyService(t)
  const { token } = service
  const at = (url: string, secret = token) => openCli(t, { url, token: secret }).run(['server', 'list'])
  fails(await at('http://127.0.0.1:2'), 'unreachable', /cannot be reached/)
  service.proxy.next({ status: 200, body: `<html>${token}` })
  fails(await at(service.proxy.url), 'unreachable', /something else than Restpoint/)
  fails(await at('here'), 'usage', /url is none/)
  fails(await at(service.url, 'rp_ö'), 'usage', /token is not one/)
})

test('wrong use is said in one line that helps', async t => {
  const cli = openCli(t)
  const said = async (...args: string[]) => {
    const ran = await cli.run(args)
    assert.equal(ran.stderr.trimEnd().split('\n').length, 1, ran.stderr)
    fails(ran, 'usage', / See: restpoint .*--help\n$/)
    return ran.stderr
  }
  assert.match(await said('snapshto'), /unknown command 'snapshto' \(Did you mean snapshot\?\)\. See: restpoint --help/)
  assert.match(await said('snapshot', 'creat'), /Did you mean create\?\)\. See: restpoint snapshot --help/)
  assert.match(
    await said('server', 'list', '--stats', 'x'),
    /Did you mean --status\?\)\. See: restpoint server list --help/,
  )
  assert.match(await said('snapshot', 'create', 'web'), /'--name <name>' not specified/)
  assert.match(await said('server', 'show'), /missing required argument 'server'/)
  assert.match(await said('server', 'show', 'a', 'b'), /too many arguments/)
  assert.match(await said('server', 'list', '--status', 'x'), /Allowed choices are active, stopped/)
  assert.match(await said('server', 'start', '1', '--timeout', 'soon'), /must be a whole number/)
  assert.match(await said('operation', 'watch', 'x'), /must be a whole number/)
  assert.match(await said('token', 'create', 'x', '--permission', 'admin', '--expires', 'soon'), /looks like 30d/)
  assert.match(await said('server'), /which command\? list, show, create,/)
  assert.match(await said(), /which command\? login, server,/)
  assert.match(await said('server', 'show', '1', '--token', 'x'), /unknown option '--token'/)
})

test('a name that several things have: they are told with their ids', async t => {
  const service = await openService(t)
  const cli = openCli(t, service)
  const other = await service.addServer(service.accountId, 'web-server-02')
  const ids = [await service.completed('same')]
  const { body } = await service.client().snapshots.create({ server_id: other, name: 'same' }, { waitSeconds: 30 })
  const told = await cli.run(['snapshot', 'show', 'same'])
  fails(
    told,
    'usage',
    new RegExp(`"same": ${body.id} \\(of web-server-02, completed\\), ${ids[0]} \\(of web-server-01`),
  )
  assert.equal((await cli.json('snapshot', 'show', 'same', '--server', 'web-server-02')).id, body.id)
  await service.addServer(service.accountId, 'web-server-02')
  fails(await cli.run(['server', 'show', 'web-server-02']), 'usage', /There are 2 servers "web-server-02"/)
  fails(await cli.run(['server', 'show', 'nobody']), 'notFound', /no server "nobody"\.\nSee: restpoint server list/)
})

test('digits are an id, even where something is called so', async t => {
  const service = await openService(t)
  await service.addServer(service.accountId, '1')
  assert.equal((await openCli(t, service).json('server', 'show', '1')).name, 'web-server-01')
})

test('a reader that has enough ends it quietly', async t => {
  const service = await openService(t)
  const cli = openCli(t, service)
  const child = cli.start(['server', 'list', '--json'])
  child.stdout.destroy()
  let said = ''
  child.stderr.on('data', chunk => (said += chunk))
  const code = await new Promise(resolve => child.once('close', resolve))
  assert.deepEqual([code, said], [0, ''])
})

test('every code of the catalogue has an exit code', () => {
  assert.deepEqual(Object.keys(endingOf).sort(), Object.keys(catalogue).sort())
})
