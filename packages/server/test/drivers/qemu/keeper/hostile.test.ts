/** Agents that a real guest's cannot easily be made to be. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { onLine, peer } from '../../../../../qmp/test/support/peer.ts'
import { Guest } from '../../../../src/drivers/qemu/keeper/guest.ts'
import { defaultLimits } from '../../../../src/drivers/qemu/keeper/limits.ts'

/** An agent with the given answers, and what it was asked. Everything else is refused. */
async function guestWith(t: TestContext, answers: Record<string, unknown>): Promise<{ guest: Guest; asked: string[] }> {
  const asked: string[] = []
  const socket = await peer(t, client =>
    onLine(client, ({ execute, arguments: args }) => {
      if (execute !== 'guest-sync-delimited') asked.push(execute)
      const value = execute === 'guest-sync-delimited' ? args.id : answers[execute]
      const refusal = { error: { class: 'CommandNotFound', desc: execute } }
      client.write(`${JSON.stringify(value === undefined ? refusal : { return: value })}\n`)
    }),
  )
  return { guest: new Guest(socket, defaultLimits), asked }
}

for (const value of [0, -1, 1.5, '1', null, {}, 2 ** 60]) {
  test(`a freeze of ${JSON.stringify(value)} file systems is none, and is undone`, async t => {
    const { guest, asked } = await guestWith(t, { 'guest-fsfreeze-freeze': value, 'guest-fsfreeze-thaw': 0 })
    await assert.rejects(guest.freeze(), { name: 'AgentUnavailable', reason: 'agent_error' })
    await guest.settle()
    assert.deepEqual(asked.slice(-2), ['guest-fsfreeze-freeze', 'guest-fsfreeze-thaw'])
  })
}

test('an agent that knows no freeze is an error at once, not something to insist on', async t => {
  const { guest } = await guestWith(t, {})
  await assert.rejects(guest.freeze(), { name: 'AgentUnavailable', reason: 'agent_error' })
  await guest.settle()
})

test('a thaw that is no number proves nothing', async t => {
  const { guest } = await guestWith(t, { 'guest-fsfreeze-freeze': 2, 'guest-fsfreeze-thaw': '2' })
  assert.deepEqual(await guest.freeze(), { frozen: 2, armed: false })
  assert.equal((await guest.thaw()).thawed, 0)
})

test('what a former keeper left frozen is thawed before anything else', async t => {
  const frozen = { 'guest-fsfreeze-status': 'frozen', 'guest-fsfreeze-thaw': 1, 'guest-fsfreeze-freeze': 1 }
  const { guest, asked } = await guestWith(t, frozen)
  await guest.freeze()
  const expected = ['guest-fsfreeze-status', 'guest-fsfreeze-thaw', 'guest-exec', 'guest-fsfreeze-freeze']
  assert.deepEqual(asked, expected)
  await guest.thaw()
})

test('a description is cleaned: no control characters, no odd addresses, no odd commands', async t => {
  const addresses = (...list: unknown[]) => ({ 'ip-addresses': list.map(one => ({ 'ip-address': one })) })
  const { guest } = await guestWith(t, {
    'guest-info': {
      version: '7.2\u001b[31m',
      supported_commands: [
        { enabled: true, name: 'guest-ping' },
        { enabled: false, name: 'guest-exec' },
        { enabled: true, name: 'x\n' },
        { enabled: true, name: {} },
        null,
      ],
    },
    'guest-get-osinfo': { 'pretty-name': `\u202eevil\nDebian ${'x'.repeat(500)}` },
    'guest-network-get-interfaces': [
      addresses('127.0.0.1', '::1', 'fe80::1', 'fd00::5', '10.0.2.15', '10.0.2.15', '<b>', 7, '169.254.1.1'),
      'nonsense',
      { 'ip-addresses': 'nonsense' },
    ],
  })
  assert.deepEqual(await guest.describe(5000), {
    version: '7.2[31m',
    ipAddresses: ['10.0.2.15', 'fd00::5'],
    osName: `evilDebian ${'x'.repeat(89)}`,
    commands: ['guest-ping'],
  })
})

test('a description that is all nonsense is still one', async t => {
  const { guest } = await guestWith(t, { 'guest-info': [], 'guest-get-osinfo': 'x', 'guest-network-get-interfaces': 1 })
  const empty = { version: 'unknown', ipAddresses: [], osName: null, commands: [] }
  assert.deepEqual(await guest.describe(5000), empty)
})
