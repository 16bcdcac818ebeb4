/** Where the service is and with which token: options, environment, file; and who gets to see the token. */
import assert from 'node:assert/strict'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { openFaultyService, openService } from '../../sdk/test/support/service.ts'
import { openCli } from './support/cli.ts'

const nowhere = 'http://127.0.0.1:2'

test('login reads the token from a pipe, tries it, and saves it for its owner alone', async t => {
  const service = await openService(t)
  const cli = openCli(t)
  const file = path.join(cli.folder, 'restpoint/config.json')
  const wrong = await cli.run(['login', '--url', service.url], { input: `rp_${'x'.repeat(43)}\n` })
  assert.equal(wrong.code, 4)
  assert.equal((await cli.run(['login', '--url', service.url])).code, 2)
  await assert.rejects(stat(file))
  const { code, stdout, stderr } = await cli.run(['login', '--url', service.url], { input: `${service.token}\n` })
  assert.equal(code, 0, stderr)
  assert.ok(!(stdout + stderr).includes(service.token))
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.equal((await stat(path.dirname(file))).mode & 0o777, 0o700)
  assert.equal((await cli.json('server', 'list')).count, 1)
})

test('an option goes before the environment, and that before the file', async t => {
  const service = await openService(t)
  const { url, token } = service
  const cli = openCli(t)
  const tokenFile = path.join(cli.folder, 'token')
  await writeFile(tokenFile, `${token}\n`)
  const list = async (args: string[], env: Record<string, string>) =>
    (await cli.run(['server', 'list', ...args], { env })).code
  await cli.run(['login'], { input: token, env: { RESTPOINT_URL: url } })
  const bad = `rp_${'x'.repeat(43)}`
  assert.equal(await list([], {}), 0)
  assert.equal(await list([], { RESTPOINT_TOKEN: bad }), 4)
  assert.equal(await list(['--token-file', tokenFile], { RESTPOINT_TOKEN: bad }), 0)
  assert.equal(await list([], { RESTPOINT_URL: nowhere, RESTPOINT_TOKEN: token }), 7)
  assert.equal(await list(['--url', url], { RESTPOINT_URL: nowhere, RESTPOINT_TOKEN: token }), 0)
  assert.equal(await list(['--token-file', path.join(cli.folder, 'none')], {}), 2)
})

test('the saved token goes to the service that it was saved for, and to no other', async t => {
  const service = await openFaultyService(t)
  const cli = openCli(t)
  await cli.run(['login', '--url', `${service.url}/`], { input: service.token })
  assert.equal((await cli.run(['server', 'list', '--url', service.url])).code, 0)
  const { code, stderr } = await cli.run(['server', 'list', '--url', service.proxy.url])
  assert.deepEqual([code, service.proxy.seen.length], [4, 0])
  assert.match(stderr, /There is no token for http/)
})

test('a file that cannot be used is named, and not quoted', async t => {
  const cli = openCli(t)
  const file = path.join(cli.folder, 'restpoint/config.json')
  await mkdir(path.dirname(file))
  for (const content of ['rp_secret', '{"url": 1}', 'null']) {
    await writeFile(file, content)
    const { code, stderr } = await cli.run(['server', 'list'])
    assert.equal(code, 1)
    assert.match(stderr, /config\.json is not what "restpoint login" writes\.\nRun "restpoint login" again\.\n$/)
  }
  assert.equal(await readFile(file, 'utf8'), 'null')
})
