/** Programs that work for long are told of, bounded, and never outlive us. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { follow, ProgramFailed } from '../../../src/drivers/qemu/follow.ts'

const shell = (script: string, options = {}) => follow(null, 'sh', ['-c', script], options)
const failed = (error: unknown): ProgramFailed => {
  assert.ok(error instanceof ProgramFailed, String(error))
  return error
}

test('what it prints is told as it comes', async () => {
  const heard = Promise.withResolvers<string>()
  const stop = new AbortController()
  const done = shell('echo begun; exec sleep 1000', { onText: heard.resolve, signal: stop.signal })
  assert.equal(await heard.promise, 'begun\n')
  stop.abort(new Error('heard enough'))
  await assert.rejects(done, /heard enough/)
})

test('when the signal aborts it is gone before the call rejects', async () => {
  const heard = Promise.withResolvers<string>()
  const stop = new AbortController()
  const done = shell('echo $$; exec sleep 1000', { onText: heard.resolve, signal: stop.signal })
  const pid = Number(await heard.promise)
  stop.abort(new Error('given up'))
  await assert.rejects(done, /given up/)
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})

test('nothing is started for a signal that has aborted already', async () => {
  const signal = AbortSignal.abort(new Error('too late'))
  await assert.rejects(shell('exit 7', { signal }), /too late/)
})

test('its exit code and the first line of its complaint are told', async () => {
  const error = failed(await shell('echo first >&2; echo second >&2; exit 3').catch(error => error))
  assert.deepEqual([error.message, error.exitCode, error.hasTimedOut], ['sh: first', 3, false])
})

test('one that takes too long is ended, whoever still has its output open', async () => {
  const error = failed(await shell('sleep 2 & exec sleep 1000', { limitMs: 100 }).catch(error => error))
  assert.deepEqual([error.message, error.exitCode, error.hasTimedOut], ['sh: not done after 0.1 s', null, true])
})

test('it gets no more memory than it may have', async () => {
  const take = 'x=$(head -c 200000000 /dev/zero | tr "\\0" x); echo ${#x}'
  let said = ''
  const onText = (text: string) => {
    said += text
  }
  await shell(take, { onText })
  assert.equal(said, '200000000\n')
  await assert.rejects(shell(take, { maxBytes: 64 * 1024 * 1024 }), ProgramFailed)
})

test('it ends with us, however we end', async () => {
  const module = new URL('../../../src/drivers/qemu/follow.ts', import.meta.url)
  const code = `import { follow } from ${JSON.stringify(module.href)}
    await follow(null, 'sh', ['-c', 'echo $$; exec sleep 1000'], { onText: text => process.stdout.write(text) })`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [text] = await once(parent.stdout, 'data')
  const pid = Number(text)
  assert.match(await readFile(`/proc/${pid}/cmdline`, 'utf8'), /^sleep/)
  parent.kill('SIGKILL')
  await once(parent, 'close')
  // As a zombie it may be there until init has looked at it.
  for (const deadline = Date.now() + 10_000; ; await sleep(2)) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')
    if (/\) Z/.test(stat)) break
    assert.ok(Date.now() < deadline, 'it runs on')
  }
})
