/**
 * The suite against a stub: right, it passes everything; wrong in one way, it fails exactly the checks that the table
 * names. So a check that nothing could ever fail is found as well.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { levels } from './check.ts'
import { type Result, runSuite } from './run.ts'
import { NoServer } from './session.ts'
import { makeStub, startStub } from './stub.ts'
import { checks } from './suite.ts'
import type { Wrong } from './wrongs/wrong.ts'
import { wrongs } from './wrongs.ts'

const FOREIGN = 900
const PATIENCE_MS = 10_000
const main = new URL('main.ts', import.meta.url).pathname

function runAgainst(wrong: Partial<Wrong>): Promise<Result[]> {
  const { url, token, fetch } = makeStub(wrong)
  const timeoutMs = wrong.timeoutMs ?? PATIENCE_MS
  return runSuite({ url, token, fetch, level: 'full', timeoutMs, pollMs: 0, foreignId: FOREIGN })
}

const failed = (results: readonly Result[]) => results.filter(result => result.outcome === 'failed')

test('every check has an id of its own', () => {
  assert.equal(new Set(checks.map(check => check.id)).size, checks.length)
})

for (const level of levels) {
  test(`a right server passes every ${level} check, over the network`, async () => {
    const stub = await startStub()
    try {
      const results = await runSuite({ ...stub, level, timeoutMs: PATIENCE_MS, pollMs: 0, foreignId: FOREIGN })
      assert.deepEqual(
        results.filter(result => result.outcome !== 'passed'),
        [],
      )
      assert.equal(results.length, checks.filter(check => level === 'full' || check.level === level).length + 1)
      assert.deepEqual(
        stub.world.snapshots.map(({ id }) => id).sort(),
        [11, 12, 13],
        'only what was there before is there',
      )
      assert.deepEqual(
        stub.world.tokens.map(({ name }) => name),
        ['everything'],
      )
      assert.deepEqual(
        stub.world.servers.map(({ status }) => status),
        ['active', 'stopped'],
      )
    } finally {
      await stub.close()
    }
  })
}

test('a documented-level run asks for nothing that is not documented', async () => {
  const documented =
    /^(GET|POST) \/snapshots\/$|^POST \/snapshots\/:id\/restore\/$|^DELETE \/snapshots\/:id\/$|^GET \/(servers|account\/me)\/$/
  const asked = new Set<string>()
  const { url, token, fetch } = makeStub({
    after: (_, { route, headers }) => {
      asked.add(route ?? 'nothing')
      if (headers['idempotency-key'] ?? headers.prefer) asked.add('a header of our own')
    },
  })
  const results = await runSuite({ url, token, fetch, level: 'documented', timeoutMs: PATIENCE_MS, pollMs: 0 })
  assert.deepEqual(failed(results), [])
  assert.deepEqual(
    [...asked].filter(route => !documented.test(route)),
    [],
  )
})

for (const wrong of wrongs) {
  test(`wrong: ${wrong.name}`, async () => {
    const results = await runAgainst(wrong)
    const expected = results.map(({ id }) => id).filter(id => wrong.fails.some(named => isNamed(id, named)))
    assert.deepEqual(
      failed(results).map(({ id }) => id),
      expected,
    )
    assert.notEqual(expected.length, 0, 'the table names a check that exists')
  })
}

test('every check is failed by one of the wrongs', () => {
  const named = (id: string) => wrongs.some(({ fails }) => fails.some(each => isNamed(id, each)))
  assert.deepEqual(
    checks.map(({ id }) => id).filter(id => !named(id)),
    [],
  )
})

test('where there is no free server nothing is made', async () => {
  const { url, token, fetch, world } = makeStub({ world: world => ({ ...world, servers: [] }) })
  await assert.rejects(runSuite({ url, token, fetch, level: 'full', timeoutMs: 100, pollMs: 0 }), NoServer)
  assert.equal(world.snapshots.length, 3)
})

test('a server with snapshots of its own keeps them, and the limit is not tried', async () => {
  const { url, token, fetch, world } = makeStub()
  const options = { url, token, fetch, level: 'full', timeoutMs: PATIENCE_MS, pollMs: 0, serverId: 2 } as const
  await assert.rejects(runSuite(options), NoServer)
  world.snapshots = world.snapshots.filter(({ id }) => id === 11)
  const results = await runSuite(options)
  assert.deepEqual(failed(results), [])
  assert.deepEqual(
    results
      .filter(({ outcome, reason }) => outcome === 'skipped' && reason?.includes('of its own'))
      .map(({ id }) => id),
    ['snapshots.create.limit', 'snapshots.create.limit.problem', 'snapshots.create.limit.concurrent'],
  )
  assert.deepEqual(
    world.snapshots.map(({ id }) => id),
    [11],
  )
})

const outcomes: { name: string; wrong: Partial<Wrong>; args: string[]; code: number; says: RegExp }[] = [
  {
    name: 'all passed',
    wrong: {},
    args: ['--level', 'documented'],
    code: 0,
    says: /\n\d+ passed, 0 failed, 0 skipped\n$/,
  },
  {
    name: 'one failed',
    wrong: wrongs.find(({ name }) => name === 'an empty message') ?? {},
    args: ['--level', 'documented'],
    code: 1,
    says: /FAIL {2}snapshots\.create\.message .*\n +expected: .*\n +actual: +""\n/,
  },
  { name: 'as JSON', wrong: {}, args: ['--json', '--level', 'documented'], code: 0, says: /^\{\n {2}"passed": \d+,/ },
  { name: 'a level that does not exist', wrong: {}, args: ['--level', 'some'], code: 2, says: /--level is one of/ },
  { name: 'a server that does not exist', wrong: {}, args: ['--server-id', '77'], code: 2, says: /there is no server/ },
]

for (const { name, wrong, args, code, says } of outcomes) {
  test(`the command: ${name}`, async () => {
    const stub = await startStub(wrong)
    try {
      const all = [main, '--url', stub.url, '--token', stub.token, ...args]
      const ended = await promisify(execFile)(process.execPath, all).then(
        output => ({ ...output, code: 0 }),
        (error: { code: number; stdout: string; stderr: string }) => error,
      )
      assert.equal(ended.code, code)
      assert.match(`${ended.stdout}${ended.stderr}`, says)
    } finally {
      await stub.close()
    }
  })
}

function isNamed(id: string, named: string): boolean {
  return named.endsWith('*') ? id.startsWith(named.slice(0, -1)) : id === named
}
