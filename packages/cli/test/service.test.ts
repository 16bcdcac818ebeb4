/** `serve` and `doctor` are the service's own: a process with our terminal, whose exit code is ours. */
import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { openCli } from './support/cli.ts'

const env = { RESTPOINT_SETUP: 'print' }

test('serve starts the service with the settings of the environment', async t => {
  const { code, stderr } = await openCli(t).run(['serve'], { env: { ...env, RESTPOINT_LISTEN: 'nowhere' } })
  assert.equal(code, 1)
  assert.match(stderr, /Restpoint cannot start:\n {2}- RESTPOINT_LISTEN/)
})

test('doctor is told its options, and its exit code is passed on', async t => {
  const cli = openCli(t)
  const state = { ...env, RESTPOINT_STATE_DIR: path.join(cli.folder, 'none') }
  const missing = await cli.run(['doctor', '--deep', '--log', 'x', '--json'], { env: state })
  assert.equal(missing.code, 2, missing.stdout)
  assert.ok(missing.stderr.includes(cli.folder), missing.stderr)
  assert.equal((await cli.run(['doctor', '--depp'], { env: state })).code, 2)
})
