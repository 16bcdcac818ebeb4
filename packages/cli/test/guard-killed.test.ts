/**
 * A guard that is killed (-9) leaves nothing in between: at each request that it makes – before the service has heard of
 * it, or when it has done it and the answer never comes – it is killed, for N = 1, 2, …, until it runs through. After
 * `--resume` the server is what it was, or what a command that was seen to succeed has made of it; never anything else.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { needs } from '../../../test/support/needs.ts'
import { ended as cliEnded } from './support/cli.ts'
import { AFTER, BEFORE, ended, isGone, openGuarded, until } from './support/guarded.ts'

const options = { skip: needs('sh', 'curl'), timeout: 300_000 }

const stories = {
  'the command fails': { args: [], end: 'exit 1', code: 8, content: BEFORE, snapshots: 1 },
  'all goes well': { args: ['--on-success', 'delete'], end: 'exit 0', code: 0, content: AFTER, snapshots: 0 },
} as const

for (const [name, story] of Object.entries(stories)) {
  for (const fault of ['hang', 'hold reply'] as const) {
    test(`${name}; killed where requests ${fault}`, options, async t => {
      let isThrough = false
      let killed = 0
      for (let at = 0; !isThrough; at++) {
        await t.test(`request ${at + 1}`, async t => {
          const guarded = await openGuarded(t)
          const { proxy, cli, change } = guarded
          proxy.next(...Array(at).fill('none'), fault)
          const child = cli.start(['guard', '1', ...story.args, '--', 'sh', '-c', `${change}; ${story.end}`])
          const ending = cliEnded(child)
          await until('it is held or over', () => proxy.seen.length > at || child.exitCode !== null)
          if (child.exitCode !== null) {
            isThrough = true
            assert.equal((await ending).code, story.code)
            return
          }
          killed++
          if (fault === 'hold reply') await until('the service has done it', () => proxy.seen[at]?.status !== undefined)
          child.kill('SIGKILL')
          await ending
          const [journal] = guarded.journals()
          const hadBegun = guarded.changes() > 0
          ended(await cli.run(['guard', '--resume']), 0, /./)
          assert.deepEqual(guarded.journals(), [])
          if (!journal) assert.deepEqual([hadBegun, await guarded.snapshots()], [false, []], 'nothing was begun')
          // Only what was written down as a success stays.
          else assert.equal(guarded.content(), journal.phase === 'succeeded' ? AFTER : BEFORE, journal.phase)
          assert.ok((await guarded.restores()) <= 1, 'it was put back once')
          if (hadBegun)
            assert.equal((await guarded.snapshots()).length, story.snapshots || Number(journal?.phase !== 'succeeded'))
          else assert.deepEqual(await guarded.snapshots(), [])
          assert.equal((await guarded.api.servers.get(1)).status, 'active')
          ended(await guarded.guard('--', 'true'), 0, /All went well/)
        })
      }
      assert.ok(killed >= 6, `killed ${killed} times only`)
    })
  }
}

test('killed while the command runs: what it left running is ended, and the server put back', options, async t => {
  const guarded = await openGuarded(t)
  const file = path.join(guarded.cli.folder, 'pids')
  // One of them has a session of its own.
  const line = `${guarded.change}; sleep 1000 & echo $! >${file}; setsid sleep 1000 & echo $! >>${file}; echo end >>${file}; wait`
  const child = guarded.cli.start(['guard', '1', '--', 'sh', '-c', line])
  const ending = cliEnded(child)
  await until('the command runs', () => existsSync(file) && readFileSync(file, 'utf8').endsWith('end\n'))
  child.kill('SIGKILL')
  const pids = readFileSync(file, 'utf8').split('\n').slice(0, 2)
  for (const pid of pids) assert.ok(!isGone(pid), 'it outlives the guard')
  ended(await guarded.cli.run(['guard', '--resume', '1']), 0, /was put back[^]*was still running \(processes: 3\)/)
  for (const pid of pids) await until('it is gone', () => isGone(pid))
  assert.deepEqual([guarded.content(), await guarded.restores(), guarded.journals()], [BEFORE, 1, []])
  await ending
})

test('the request that was under way arrives when the guard is over: it takes no second snapshot', options, async t => {
  const guarded = await openGuarded(t)
  const { proxy, cli, url, token } = guarded
  proxy.next('none', 'none', 'hang')
  const child = cli.start(['guard', '1', '--', 'true'])
  const ending = cliEnded(child)
  await until('the snapshot is asked for', () => proxy.seen.length === 3)
  child.kill('SIGKILL')
  await ending
  const [, , late] = proxy.seen
  ended(await cli.run(['guard', '--resume']), 0, /Nothing was run/)
  const key = String(late?.headers['idempotency-key'])
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key }
  const reply = await fetch(url + late?.path, { method: 'POST', headers, body: late?.body ?? '' })
  assert.deepEqual([reply.status, reply.headers.get('idempotency-replayed')], [201, 'true'])
  assert.deepEqual([await guarded.snapshots(), guarded.journals()], [[], []])
})

test('killed, and killed again while it is resumed: the next one ends it', options, async t => {
  const guarded = await openGuarded(t)
  const { proxy, cli } = guarded
  const file = path.join(cli.folder, 'began')
  const child = cli.start(['guard', '1', '--', 'sh', '-c', `${guarded.change}; touch ${file}; sleep 1000`])
  const ending = cliEnded(child)
  await until('the command runs', () => existsSync(file))
  child.kill('SIGKILL')
  for (let at = 0; at < 4; at++) {
    const seen = proxy.seen.length
    proxy.next(...Array(at).fill('none'), 'hang')
    const resuming = cli.start(['guard', '--resume'])
    const resumed = cliEnded(resuming)
    await until('it is held', () => proxy.seen.length > seen + at || resuming.exitCode !== null)
    resuming.kill('SIGKILL')
    await resumed
  }
  ended(await cli.run(['guard', '--resume']), 0, /was put back/)
  assert.deepEqual([guarded.content(), await guarded.restores(), guarded.journals()], [BEFORE, 1, []])
  await ending
})

test('two resume it at once: one does, and it is put back once', options, async t => {
  const guarded = await openGuarded(t)
  const file = path.join(guarded.cli.folder, 'began')
  const child = guarded.cli.start(['guard', '1', '--', 'sh', '-c', `${guarded.change}; touch ${file}; sleep 1000`])
  const ending = cliEnded(child)
  await until('the command runs', () => existsSync(file))
  child.kill('SIGKILL')
  const all = await Promise.all([1, 2, 3].map(() => guarded.cli.run(['guard', '--resume'])))
  assert.ok(
    all.some(({ code, stdout }) => code === 0 && /was put back/.test(stdout)),
    JSON.stringify(all),
  )
  for (const { code } of all) assert.ok(code === 0 || code === 5, JSON.stringify(all))
  assert.deepEqual([guarded.content(), await guarded.restores(), guarded.journals()], [BEFORE, 1, []])
  await ending
})

test('somebody has put the server back by hand since: it is not done a second time', options, async t => {
  const guarded = await openGuarded(t)
  const file = path.join(guarded.cli.folder, 'began')
  const child = guarded.cli.start(['guard', '1', '--', 'sh', '-c', `${guarded.change}; touch ${file}; sleep 1000`])
  const ending = cliEnded(child)
  await until('the command runs', () => existsSync(file))
  child.kill('SIGKILL')
  await guarded.api.snapshots.restore(1, { waitSeconds: 30 })
  guarded.memory.controls.write(1, 0, 3, 9)
  ended(await guarded.cli.run(['guard', '--resume']), 0, /was put back/)
  assert.deepEqual([guarded.content(), await guarded.restores(), guarded.journals()], [9, 1, []])
  await ending
})

test('its snapshot is gone: that is said, and the guard is over', options, async t => {
  const guarded = await openGuarded(t)
  const file = path.join(guarded.cli.folder, 'began')
  const child = guarded.cli.start(['guard', '1', '--', 'sh', '-c', `touch ${file}; sleep 1000`])
  const ending = cliEnded(child)
  await until('the command runs', () => existsSync(file))
  child.kill('SIGKILL')
  await guarded.api.snapshots.delete(1)
  ended(await guarded.cli.run(['guard', '--resume']), 9, /could not be put back/)
  assert.deepEqual([guarded.journals(), await guarded.snapshots()], [[], []])
  await ending
})
