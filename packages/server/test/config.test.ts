import assert from 'node:assert/strict'
import { test } from 'node:test'
import { format, inspect } from 'node:util'
import { ConfigError, readConfig, settingsSchema } from '../src/config.ts'

const root = { isRoot: true, home: '/root' }
const user = { isRoot: false, home: '/home/ada' }

function problemsOf(env: Record<string, string>, who = user): readonly string[] {
  try {
    readConfig(env, who)
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.problems
  }
  return []
}

test('without any variable everything has its default', () => {
  assert.deepEqual(readConfig({ PATH: '/bin' }, root), {
    listen: { host: '127.0.0.1', port: 8600 },
    stateDir: '/var/lib/restpoint',
    database: null,
    accel: 'auto',
    qemuUser: null,
    demo: true,
    snapshotLimit: 5,
    undoHours: 24,
    reserveMb: 1024,
    imageMaxGb: 2048,
    mergeMbPerSecond: 64,
    rateLimit: 6000,
    trustedProxies: [],
    terminal: true,
    logLevel: 'info',
  })
})

test('every variable is read, and an empty one counts as absent', () => {
  const config = readConfig(
    {
      RESTPOINT_LISTEN: '[::1]:0',
      RESTPOINT_STATE_DIR: '/srv/../srv/points/',
      RESTPOINT_DATABASE_URL: 'postgres://ada:secret@db.example:5433/points?sslmode=require',
      RESTPOINT_ACCEL: 'tcg',
      RESTPOINT_QEMU_USER: 'nobody',
      RESTPOINT_DEMO: '0',
      RESTPOINT_SNAPSHOT_LIMIT: '1000',
      RESTPOINT_UNDO_HOURS: '1',
      RESTPOINT_RESERVE_MB: '0',
      RESTPOINT_IMAGE_MAX_GB: '4096',
      RESTPOINT_MERGE_MB_PER_SECOND: '8',
      RESTPOINT_RATE_LIMIT: '',
      RESTPOINT_TRUSTED_PROXIES: '127.0.0.1, ::1,10.0.0.0/8',
      RESTPOINT_TERMINAL: 'off',
      RESTPOINT_LOG_LEVEL: 'silent',
    },
    root,
  )
  assert.deepEqual(config, {
    listen: { host: '::1', port: 0 },
    stateDir: '/srv/points',
    database: {
      host: 'db.example',
      port: 5433,
      user: 'ada',
      database: 'points',
      tls: 'require',
      rootCertificate: null,
    },
    accel: 'tcg',
    qemuUser: 'nobody',
    demo: false,
    snapshotLimit: 1000,
    undoHours: 1,
    reserveMb: 0,
    imageMaxGb: 4096,
    mergeMbPerSecond: 8,
    rateLimit: 6000,
    trustedProxies: ['127.0.0.1', '::1', '10.0.0.0/8'],
    terminal: false,
    logLevel: 'silent',
  })
})

test('the result is frozen', () => {
  const config = readConfig({}, root)
  assert.ok(Object.isFrozen(config) && Object.isFrozen(config.listen))
})

test('an ordinary user gets the XDG state folder; a relative XDG_STATE_HOME is ignored', () => {
  assert.equal(readConfig({}, user).stateDir, '/home/ada/.local/state/restpoint')
  assert.equal(readConfig({ XDG_STATE_HOME: '/x' }, user).stateDir, '/x/restpoint')
  assert.equal(readConfig({ XDG_STATE_HOME: 'x' }, user).stateDir, '/home/ada/.local/state/restpoint')
})

test('all problems are reported at once: name, what was given, what is allowed', () => {
  const problems = problemsOf({
    RESTPOINT_LISTEN: 'localhost',
    RESTPOINT_ACCEL: 'hvf',
    RESTPOINT_SNAPSHOT_LIMIT: '0',
    RESTPOINT_STATE_DIR: 'state',
    RESTPOINT_LISTN: '1.2.3.4:5',
    RESTPOINT_QEMU_USER: 'nosuchuser',
  })
  const expected = [
    /^RESTPOINT_LISTEN is "localhost"; it must be host:port/,
    /^RESTPOINT_STATE_DIR is "state"; it must be an absolute path\.$/,
    /^RESTPOINT_ACCEL is "hvf"; it must be auto, kvm or tcg\.$/,
    /^RESTPOINT_SNAPSHOT_LIMIT is 0; it must be a whole number from 1 to 1000\.$/,
    /^RESTPOINT_LISTN is not a setting\. Did you mean RESTPOINT_LISTEN\?$/,
    /^RESTPOINT_QEMU_USER is "nosuchuser"; only root can run QEMU as another user/,
    /^RESTPOINT_QEMU_USER is "nosuchuser"; it must be the name of a user of this host, and there is none\.$/,
  ]
  assert.equal(problems.length, expected.length, problems.join('\n'))
  for (const pattern of expected)
    assert.ok(
      problems.some(problem => pattern.test(problem)),
      String(pattern),
    )
})

const refused: readonly (readonly [name: string, ...values: string[]])[] = [
  ['RESTPOINT_LISTEN', ':8600', 'host:', 'host:x', 'host:65536', '::1:8600', '[host]:1', '[::1]', 'a b:1', 'h:-1'],
  ['RESTPOINT_STATE_DIR', './x', '~/x'],
  ['RESTPOINT_QEMU_USER', '1000', '-x', 'a b'],
  ['RESTPOINT_DEMO', 'yes', 'false', '2'],
  ['RESTPOINT_SNAPSHOT_LIMIT', '1001', '-1', '1.5', '1e2', '0x10', 'five', ' 5', '٥', '99999999999999999999'],
  ['RESTPOINT_UNDO_HOURS', '0', '8761'],
  ['RESTPOINT_RESERVE_MB', '-1'],
  ['RESTPOINT_IMAGE_MAX_GB', '0', '1000001'],
  ['RESTPOINT_MERGE_MB_PER_SECOND', '0'],
  ['RESTPOINT_RATE_LIMIT', '-1'],
  ['RESTPOINT_TRUSTED_PROXIES', 'localhost', '10.0.0', '10.0.0.0/33', '::1/129', '1.2.3.4/8/8', '::1,x'],
  ['RESTPOINT_LOG_LEVEL', 'INFO', 'verbose'],
]
for (const [name, ...values] of refused) {
  for (const value of values) {
    test(`${name}=${value} is refused, and nothing else`, () => {
      const problems = problemsOf({ [name]: value }, root)
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.ok(problems[0]?.startsWith(`${name} is `) && problems[0].includes('must be'), problems[0])
    })
  }
}

for (const url of ['mysql://a:secret@h/d', 'secret', 'postgres://a:%secret@h/d', 'postgres://a:secret@h/d?x=secret']) {
  test(`${url} is refused, without telling what was given`, () => {
    const [problem, ...more] = problemsOf({ RESTPOINT_DATABASE_URL: url }, root)
    assert.match(problem ?? '', /^RESTPOINT_DATABASE_URL cannot be used\. It /)
    assert.ok(more.length === 0 && !problem?.includes('secret'), problem)
  })
}

test('the password of the database is in nothing that is printed', () => {
  const config = readConfig({ RESTPOINT_DATABASE_URL: 'postgres://ada:hidden%20one@h/d' }, root)
  assert.equal(config.database?.password(), 'hidden one')
  const printed = [JSON.stringify(config), inspect(config, { depth: 9 }), String(config.database), format('%o', config)]
  for (const text of printed) assert.ok(!text.includes('hidden'), text)
})

test('a state folder too deep for unix sockets is refused with its length', () => {
  // 107 bytes − "/guests/machines/bench-9999999999/monitor.sock"
  const longest = `/${'x'.repeat(60)}`
  assert.equal(readConfig({ RESTPOINT_STATE_DIR: longest }, root).stateDir, longest)
  assert.match(problemsOf({ RESTPOINT_STATE_DIR: `${longest}x` }, root)[0] ?? '', /62 bytes.*at most 61 bytes/)
  // Bytes, not letters.
  assert.equal(problemsOf({ RESTPOINT_STATE_DIR: `/${'ü'.repeat(31)}` }, root).length, 1)
})

test("variables of the set-up and of clients are nobody's problem; names far from any setting list them all", () => {
  assert.deepEqual(problemsOf({ RESTPOINT_SETUP: 'print', RESTPOINT_URL: 'http://x', RESTPOINT_TOKEN: 't' }), [])
  const [problem] = problemsOf({ RESTPOINT_SOMETHING_ELSE: '1' })
  for (const name of Object.keys(settingsSchema.properties)) assert.ok(problem?.includes(name), name)
  assert.equal(problemsOf({ RESTPOINT_toString: '1', RESTPOINT___proto__: '1' }).length, 2)
})
