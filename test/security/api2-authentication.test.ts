/**
 * API2:2023, broken authentication. Every wrong form of every credential, on every route: test/corpus/entries/auth.ts;
 * expiry, revocation, doubled headers, cookies and queries: packages/server/test/http/auth.test.ts; the two credentials that
 * are no token: packages/server/test/tokens/sign-in.test.ts (the code of a link) and ../terminals/terminal.test.ts (the
 * ticket of a terminal, also in the hands of pages of other origins). Here: that none of them can be guessed, and a token
 * cannot be had back, and is of no use from the moment that it is revoked.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { inTransaction } from '../../packages/server/src/db/database.ts'
import { Tickets } from '../../packages/server/src/terminals/tickets.ts'
import { makeToken } from '../../packages/server/src/tokens/create.ts'
import { openWorld } from '../../packages/server/test/http/harness.ts'
import { testOn } from '../../packages/server/test/support/databases.ts'

const SECRET = /^rp_[A-Za-z0-9_-]{43}$/

testOn('sqlite', 'a token is 256 bits of chance, each of them', async t => {
  const world = await openWorld(t, { engine: false })
  const wanted = { accountId: world.accountId, name: 'one', permissions: ['servers:read'], expiresAt: null } as const
  const secrets: string[] = []
  for (let n = 0; n < 500; n++) secrets.push((await inTransaction(world.db, trx => makeToken(trx, wanted, 0))).secret)
  for (const secret of secrets) assert.match(secret, SECRET)
  assertChance(secrets.map(secret => secret.slice(3)))
})

testOn('sqlite', 'so are the code of a sign-in link and the ticket of a terminal', async t => {
  const world = await openWorld(t, { engine: false })
  const codes: string[] = []
  for (let n = 0; n < 500; n++) codes.push((await world.signIn.offer(world.db)) ?? '')
  assertChance(codes)
  assertChance(codes.map(() => Tickets.draw().replace(/^rt_/, '')))
})

/** Each is 256 bits, and in none of them all are alike. */
function assertChance(secrets: readonly string[]): void {
  assert.equal(new Set(secrets).size, secrets.length)
  const bytes = secrets.map(secret => Buffer.from(secret, 'base64url'))
  for (let bit = 0; bit < 256; bit++) {
    const ones = bytes.filter(one => ((one[bit >> 3] as number) >> (bit & 7)) & 1).length
    // Seven standard deviations of a fair coin: a bit that is always the same, or nearly so, is out of it.
    assert.ok(Math.abs(ones - 250) < 80, `bit ${bit} is set in ${ones} of ${secrets.length}`)
  }
}

testOn('sqlite', 'no answer ever tells a secret again', async t => {
  const world = await openWorld(t, { engine: false })
  const key = { headers: { 'idempotency-key': 'once' } }
  const made = await world.post('tokens/', { name: 'one', permissions: ['servers:read'] }, key)
  assert.match(made.body.token, SECRET)
  const again = await world.post('tokens/', { name: 'one', permissions: ['servers:read'] }, key)
  const account = await world.post('accounts/', { email: 'a@example.com' }, key)
  const secrets = [world.token, made.body.token, account.body.token.token]
  const replies = await Promise.all(
    ['tokens/', 'account/me/', 'accounts/', `accounts/${account.body.id}/`, 'operations/'].map(path =>
      world.call(path),
    ),
  )
  for (const { text } of [again, ...replies]) for (const secret of secrets) assert.ok(!text.includes(secret.slice(3)))
})

testOn('sqlite', 'a connection that stays open is no way around a revocation', async t => {
  const world = await openWorld(t, { engine: false })
  const { body: token } = await world.post('tokens/', { name: 'one', permissions: ['snapshots:read'] })
  await world.app.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect((world.app.server.address() as AddressInfo).port, '127.0.0.1')
  t.after(() => socket.destroy())
  const ask = async () => {
    socket.write(`GET /api/v1/snapshots/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token.token}\r\n\r\n`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer.toString().slice(0, 12)
  }
  assert.equal(await ask(), 'HTTP/1.1 200')
  assert.equal((await world.call(`tokens/${token.id}/`, { method: 'DELETE' })).status, 204)
  assert.equal(await ask(), 'HTTP/1.1 401')
})
