import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TICKET_MS, Tickets } from '../../src/terminals/tickets.ts'

const pass = { serverId: 1, accountId: 2, tokenId: 3 }

function open() {
  const clock = { now: 1000 }
  return { clock, tickets: new Tickets(() => clock.now) }
}

test('a ticket is 256 bits of chance, and opens nothing until it is issued', () => {
  const { tickets } = open()
  const ticket = Tickets.draw()
  assert.match(ticket, /^rt_[A-Za-z0-9_-]{43}$/)
  assert.notEqual(ticket, Tickets.draw())
  assert.equal(tickets.take(ticket, 1), undefined)
  tickets.issue(ticket, pass, 5)
  const { serverId, accountId, tokenId } = tickets.take(ticket, 1) ?? {}
  assert.deepEqual({ serverId, accountId, tokenId }, pass)
})

test('it works once, in its time, for its server', () => {
  const { tickets, clock } = open()
  const issue = () => {
    const ticket = Tickets.draw()
    tickets.issue(ticket, pass, 5)
    return ticket
  }
  const used = issue()
  assert.ok(tickets.take(used, 1))
  assert.equal(tickets.take(used, 1), undefined)
  const elsewhere = issue()
  assert.equal(tickets.take(elsewhere, 2), undefined)
  assert.equal(tickets.take(elsewhere, 1), undefined, 'it was tried elsewhere')
  const late = issue()
  clock.now += TICKET_MS - 1
  const inTime = issue()
  clock.now += 1
  assert.equal(tickets.take(late, 1), undefined)
  assert.ok(tickets.take(inTime, 1))
  for (const text of ['', 'rt_', 'x'.repeat(100_000)]) assert.equal(tickets.take(text, 1), undefined)
})

test('one token has no more of them than it may: the oldest go, and nobody else’s', () => {
  const { tickets } = open()
  const other = Tickets.draw()
  tickets.issue(other, { ...pass, tokenId: 4 }, 3)
  const own = Array.from({ length: 5 }, () => Tickets.draw())
  for (const ticket of own) tickets.issue(ticket, pass, 3)
  assert.deepEqual(
    own.map(ticket => tickets.take(ticket, 1) !== undefined),
    [false, false, true, true, true],
  )
  assert.ok(tickets.take(other, 1))
})
