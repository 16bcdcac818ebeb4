/** What differs at a terminal: the bar, colours, and a token that nobody sees. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import type { Operation } from '../../sdk/src/index.ts'
import { openService } from '../../sdk/test/support/service.ts'
import { barLine } from '../src/terminal/bar.ts'
import { openCli, runAtTerminal } from './support/cli.ts'

const GREEN = '\x1b[32m'

test('the bar is shown while it waits, and is gone at the end', async t => {
  const service = await openService(t, { engine: false })
  const cli = openCli(t, service)
  const ending = runAtTerminal(cli, ['snapshot', 'create', '1', '--name', 'one'])
  while ((await service.count('operations')) === 0) await sleep(20)
  await sleep(1500)
  await service.startEngine()
  const { screen, code } = await ending
  assert.equal(code, 0)
  const shown = screen.split('\r').map(line => stripVTControlCharacters(line))
  assert.ok(
    shown.some(line => /^\[\.+\] {2}0% {2}snapshot of web-server-01: queued$/.test(line)),
    screen,
  )
  const percents = shown.flatMap(line => /\] +(\d+)%/.exec(line)?.[1] ?? []).map(Number)
  assert.deepEqual(
    percents,
    percents.toSorted((a, b) => a - b),
  )
  assert.ok(screen.includes('\r\x1b[KSnapshot one'))
})

test('the bar fits the terminal, and says what it waits for', () => {
  const operation = {
    kind: 'merge',
    status: 'waiting',
    step: 'copy',
    progress: 0.5,
    waits_for: 'another merge of the same server',
    server: { id: 1, name: 'web-server-01' },
  } as Operation
  assert.equal(
    barLine(operation, 200),
    '[############............] 50%  merge of layers of web-server-01: waits for: another merge of the same server',
  )
  assert.equal(barLine(operation, 40).length, 39)
  assert.match(barLine({ ...operation, progress: 0.999, waits_for: null }, 200), / 99% .*: copying$/)
})

test('colours at a terminal, but not with NO_COLOR, and not elsewhere', async t => {
  const service = await openService(t)
  const cli = openCli(t, service)
  await service.client().servers.start(1, { waitSeconds: 30 })
  const args = ['server', 'list']
  assert.ok((await runAtTerminal(cli, args)).screen.includes(`${GREEN}active`))
  assert.ok(!(await runAtTerminal(cli, args, { env: { NO_COLOR: '1' } })).screen.includes('\x1b['))
  assert.ok(!(await cli.run(args)).stdout.includes('\x1b'))
})

test('what others have written cannot steer the terminal', async t => {
  const service = await openService(t)
  const cli = openCli(t, service)
  const description = 'a\x1b[2Jb\x07c\nd'
  await service.client().snapshots.create({ server_id: 1, name: 'one', description }, { waitSeconds: 30 })
  const { stdout } = await cli.run(['snapshot', 'list'])
  assert.match(stdout, / a \[2Jb c d\n$/)
  assert.equal((await cli.json('snapshot', 'show', 'one')).description, description)
})

test('login: the token is not echoed, and saved for its owner alone', async t => {
  const service = await openService(t)
  const cli = openCli(t)
  const typed = `${service.token.slice(0, -1)}x\x7f${service.token.at(-1)}\r`
  const { screen, code } = await runAtTerminal(cli, ['login', '--url', service.url], { typed })
  assert.equal(code, 0, screen)
  assert.ok(!screen.includes(service.token.slice(0, 12)), screen)
  assert.match(screen, /You are owner@example\.com/)
  const saved = JSON.parse(await readFile(path.join(cli.folder, 'restpoint/config.json'), 'utf8'))
  assert.deepEqual(saved, { url: service.url, token: service.token })
})

test('Ctrl-C at the prompt saves nothing', async t => {
  const cli = openCli(t)
  const { screen, code } = await runAtTerminal(cli, ['login'], { typed: '\x03' })
  assert.equal(code, 130, screen)
  await assert.rejects(readFile(path.join(cli.folder, 'restpoint/config.json')))
})

test("a server's console, and the way out of it", async t => {
  const service = await openService(t)
  const { print, takeTyped } = service.memory.controls
  service.terminals.start(60_000)
  await service.client().servers.start(1, { waitSeconds: 30 })
  const ending = runAtTerminal(openCli(t, service), ['server', 'terminal', 'web-server-01'], { typed: 'root\r\x1d' })
  while (service.terminals.count('serverId', 1) === 0) await sleep(20)
  print(1, 'login: ')
  const { screen, code } = await ending
  assert.equal(code, 0, screen)
  assert.match(screen, /\[connected; Ctrl-\] leaves\]\s+login: /)
  assert.equal(takeTyped(1), 'root\r')
  const piped = await openCli(t, service).run(['server', 'terminal', '1'])
  assert.equal(piped.code, 2, piped.stderr)
})
