/** The link of the first start: what its code is worth, and how often. */
import assert from 'node:assert/strict'
import { SignIn } from '../../src/tokens/sign-in.ts'
import { openWorld } from '../http/harness.ts'
import { test, testOn } from '../support/databases.ts'

const HOUR = 3600_000

async function openWithCode(t: Parameters<typeof openWorld>[0], options: Parameters<typeof openWorld>[1] = {}) {
  const world = await openWorld(t, { engine: false, ...options })
  const code = await world.signIn.offer(world.db)
  assert.match(code ?? '', /^[A-Za-z0-9_-]{43}$/)
  const signIn = (given = code, query = '', headers = {}) =>
    world.post(`sign-in/${query}`, { code: given }, { token: null, headers })
  return { world, code: code as string, signIn }
}

test('a code gives a token that may do what the first one may, for twelve hours, once', async t => {
  const { world, signIn } = await openWithCode(t)
  const { status, body } = await signIn()
  assert.equal(status, 201)
  assert.deepEqual(Object.keys(body), [
    'id',
    'name',
    'permissions',
    'created_at',
    'expires_at',
    'last_used_at',
    'token',
  ])
  assert.deepEqual([body.name, body.permissions], ['test, signed in by link', ['admin']])
  assert.equal(Date.parse(body.expires_at) - Date.parse(body.created_at), 12 * HOUR)
  const me = await world.call('account/me/', { token: body.token })
  assert.equal(me.body.account.email, 'owner@example.com')
  const again = await signIn()
  assert.deepEqual([again.status, again.body.code], [400, 'sign_in_refused'])
  assert.equal(await world.count('tokens'), 2)
  world.clock.offset = 12 * HOUR
  assert.equal((await world.call('account/me/', { token: body.token })).status, 401)
})

test('of two at once one signs in', async t => {
  const { world, signIn } = await openWithCode(t)
  const replies = await Promise.all([signIn(), signIn(), signIn()])
  assert.deepEqual(replies.map(({ status }) => status).sort(), [201, 400, 400])
  assert.equal(await world.count('tokens'), 2)
})

testOn('sqlite', 'what is no code, or none any more, is refused alike', async t => {
  const { world, code, signIn } = await openWithCode(t)
  const made = await signIn('A'.repeat(43))
  assert.deepEqual([made.status, made.body.code], [400, 'sign_in_refused'])
  for (const wrong of [code.slice(1), `${code}A`, code.toUpperCase(), world.token, ' ', `${code}\n`, 'é'.repeat(43)]) {
    const { status, text } = await signIn(wrong)
    assert.deepEqual([status, text], [400, made.text], wrong)
  }
  for (const none of ['', 7, null, [code], { code }, 'x'.repeat(101)]) {
    const { status, body } = await signIn(none as string)
    assert.deepEqual([status, body.code, Object.keys(body.errors)], [400, 'invalid_request', ['code']])
  }
  world.clock.offset = HOUR
  assert.equal((await signIn()).text, made.text)
  world.clock.offset = HOUR - 1000
  assert.equal((await signIn()).status, 201)
  assert.equal(await world.count('tokens'), 2)
})

testOn('sqlite', 'neither a cookie nor a token is needed for it, nor of any use', async t => {
  const { world, signIn } = await openWithCode(t)
  for (const headers of [{ cookie: 'session=1' }, { authorization: `Bearer ${world.token}` }]) {
    assert.equal((await signIn('A'.repeat(43), '', headers)).status, 400)
  }
  const { status, headers } = await signIn()
  assert.deepEqual([status, headers['set-cookie'], headers['access-control-allow-origin']], [201, undefined, undefined])
})

test('a dry run says whether it would work, and uses nothing up', async t => {
  const { world, signIn } = await openWithCode(t)
  const dry = await signIn(undefined, '?dry_run=true')
  assert.deepEqual([dry.status, dry.body.possible, dry.body.blockers], [200, true, []])
  const wrong = await signIn('A'.repeat(43), '?dry_run=true')
  assert.deepEqual([wrong.status, wrong.body.possible, wrong.body.blockers[0].code], [200, false, 'sign_in_refused'])
  assert.equal(await world.count('tokens'), 1)
  assert.equal((await signIn()).status, 201)
})

testOn('sqlite', 'an Idempotency-Key repeats nothing: the secret is kept nowhere', async t => {
  const { world, signIn } = await openWithCode(t)
  const key = { 'idempotency-key': 'one' }
  assert.equal((await signIn(undefined, '', key)).status, 201)
  assert.equal((await signIn(undefined, '', key)).status, 400)
  assert.equal(await world.count('idempotency_keys'), 0)
})

test('it is worth no more than the token that it comes from', async t => {
  const { world, signIn } = await openWithCode(t)
  const { id } = await world.db.selectFrom('tokens').select('id').executeTakeFirstOrThrow()
  const soon = Date.now() + HOUR
  await world.db.updateTable('tokens').set({ expires_at: soon }).where('id', '=', id).execute()
  const { body } = await signIn(undefined, '')
  assert.ok(Math.abs(Date.parse(body.expires_at) - soon) < 1000)
  const next = await openWithCode(t)
  await next.world.db.deleteFrom('tokens').execute()
  const gone = await next.signIn()
  assert.deepEqual([gone.status, gone.body.code], [400, 'sign_in_refused'])
})

testOn('sqlite', 'there is no code once a token was used; until then each start has another one', async t => {
  const { world, code, signIn } = await openWithCode(t)
  const next = await world.signIn.offer(world.db)
  assert.notEqual(next, code)
  assert.equal((await signIn(code)).status, 400, 'that was the last start’s')
  await world.call('account/me/')
  assert.equal(await world.signIn.offer(world.db), undefined)
  assert.equal((await signIn(next)).status, 201, 'the one that was printed still works')
})

testOn('sqlite', 'a failure on our side does not use it up', async t => {
  const world = await openWorld(t, { engine: false })
  const signIn = new SignIn(world.now)
  const code = (await signIn.offer(world.db)) as string
  await assert.rejects(
    signIn.use(code, async () => {
      throw new Error('the database is away')
    }),
    /away/,
  )
  assert.equal(await signIn.use(code, async () => 'in'), 'in')
  await assert.rejects(
    signIn.use(code, async () => 'in'),
    { code: 'sign_in_refused' },
  )
})

testOn('sqlite', 'an address may try it twenty times a minute', async t => {
  const { signIn, world } = await openWithCode(t, { rateLimit: 100 })
  for (let n = 0; n < 20; n++) assert.equal((await signIn('x')).status, 400)
  const { status, body, headers } = await signIn()
  assert.deepEqual([status, body.code], [429, 'rate_limited'])
  assert.ok(Number(headers['retry-after']) > 0)
  assert.equal((await world.call('account/me/')).status, 200, 'nobody else waits for it')
})

testOn('sqlite', 'the log says who has signed in, and neither code nor secret', async t => {
  const { world, code, signIn } = await openWithCode(t)
  const { body } = await signIn()
  const log = world.lines.join('')
  assert.match(log, /signed in by link/)
  assert.ok(!log.includes(code) && !log.includes(body.token))
})
