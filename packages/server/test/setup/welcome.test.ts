/** What the operator reads, where there is a console to sign in to. */
import assert from 'node:assert/strict'
import { type TestContext } from 'node:test'
import { greet } from '../../src/setup/welcome.ts'
import { openWorld } from '../http/harness.ts'
import { testOn } from '../support/databases.ts'

const config = { listen: { host: '::1', port: 8600 } }
const LINK = 'http://[::1]:8600/console/#sign-in=the-code'

async function said(t: TestContext, greeting: { secret?: string; signInCode?: string }): Promise<string> {
  const { db, memory } = await openWorld(t, { engine: false })
  await db.updateTable('servers').set({ deleted_at: 1 }).execute()
  const { driver } = memory
  const write = t.mock.method(process.stdout, 'write', () => true)
  const { secret, signInCode } = greeting
  await greet({ db, driver, config, secret, signInCode, tokenFile: '/state/admin-token', isStopping: () => false })
  write.mock.restore()
  return write.mock.calls.map(call => String(call.arguments[0])).join('')
}

testOn('sqlite', 'the first start prints a link that signs in', async t => {
  const text = await said(t, { secret: 'rp_secret', signInCode: 'the-code' })
  assert.ok(text.includes(LINK) && text.includes('rp_secret'), text)
})

testOn('sqlite', 'so does a later one, as long as there is a code', async t => {
  assert.ok((await said(t, { signInCode: 'the-code' })).includes(LINK))
  assert.doesNotMatch(await said(t, {}), /sign-in/)
})

testOn('sqlite', 'the journal does not get to see it', async t => {
  const before = process.env['JOURNAL_STREAM']
  t.after(() => {
    if (before === undefined) delete process.env['JOURNAL_STREAM']
    else process.env['JOURNAL_STREAM'] = before
  })
  const { fstatSync } = await import('node:fs')
  const { dev, ino } = fstatSync(1, { bigint: true })
  process.env['JOURNAL_STREAM'] = `${dev}:${ino}`
  const text = await said(t, { secret: 'rp_secret', signInCode: 'the-code' })
  assert.ok(!text.includes('the-code') && !text.includes('rp_secret'), text)
})
