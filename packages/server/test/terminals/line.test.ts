/** One console through the lives of its machine. */
import assert from 'node:assert/strict'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import { Line, type LineState, TYPED_BYTES } from '../../src/terminals/line.ts'

/** A machine's end of the wire. */
class Guest {
  readonly typed: Buffer[] = []
  readonly console: Duplex
  /** It takes what is typed as long as this is true. */
  isReading = true

  constructor() {
    this.console = new Duplex({
      read: () => {},
      write: (bytes: Buffer, _encoding, done) => {
        this.typed.push(bytes)
        if (this.isReading) done()
      },
    })
  }

  says(text: string): void {
    this.console.push(Buffer.from(text))
  }
}

/** Whatever was begun has gone as far as it can by itself. */
const settled = () => new Promise(resolve => setImmediate(resolve))

/** What is there when the line asks: a machine, none, or a socket that refuses. */
type There = Guest | null | 'refuses'

function lineOf(there: () => There) {
  const asked = { count: 0 }
  const troubles: unknown[] = []
  const line = new Line(
    async () => {
      asked.count++
      const found = there()
      if (found === 'refuses') throw new Error('refused')
      return found && found.console
    },
    error => troubles.push(error),
  )
  return { line, asked, troubles }
}

function watch(line: Line) {
  const seen = { text: '', states: [] as LineState[] }
  const watcher = {
    onOutput: (bytes: Buffer) => void (seen.text += bytes),
    onState: (state: LineState) => void seen.states.push(state),
  }
  const { scrollback, offset } = line.watch(watcher)
  return { seen, watcher, scrollback: scrollback.toString(), offset }
}

test('what is said before anybody watches is there, and what comes after it comes once', async () => {
  const guest = new Guest()
  const { line } = lineOf(() => (guest.console.destroyed ? null : guest))
  line.look()
  await settled()
  guest.says('before ')
  await settled()
  const first = watch(line)
  guest.says('after ')
  await settled()
  const second = watch(line)
  guest.says('last')
  await settled()
  assert.deepEqual([first.scrollback, first.seen.text], ['before ', 'after last'])
  assert.deepEqual([second.scrollback, second.seen.text, second.offset], ['before after ', 'last', 0])
  line.leave(first.watcher)
  guest.says('!')
  await settled()
  assert.deepEqual([first.seen.text, second.seen.text], ['after last', 'last!'])
  line.close()
})

test('it goes from machine to machine, and says so', async () => {
  let guest: Guest | null = null
  const { line } = lineOf(() => guest)
  const { seen } = watch(line)
  line.look()
  await settled()
  assert.equal(line.state, 'stopped')
  for (const name of ['one ', 'two ']) {
    const now = new Guest()
    guest = now
    line.look()
    await settled()
    assert.equal(line.state, 'running')
    now.says(name)
    await settled()
    guest = null
    now.console.destroy()
    await settled()
    assert.equal(line.state, 'stopped')
  }
  assert.deepEqual(seen, { text: 'one two ', states: ['running', 'stopped', 'running', 'stopped'] })
  line.close()
})

test('a machine that is there at once when the last one ends is found without being told of', async () => {
  const guests = [new Guest(), new Guest()]
  const { line } = lineOf(() => guests.find(({ console }) => !console.destroyed) ?? null)
  line.look()
  await settled()
  guests[0]?.console.destroy()
  await settled()
  assert.equal(line.state, 'running')
  guests[1]?.says('here')
  await settled()
  assert.equal(watch(line).scrollback, 'here')
  line.close()
})

test('news while it asks is not lost', async () => {
  const guest = new Guest()
  const answers: ((console: Duplex | null) => void)[] = []
  const line = new Line(
    () => new Promise(resolve => answers.push(resolve)),
    () => {},
  )
  line.look()
  line.look()
  answers[0]?.(null)
  await settled()
  assert.equal(answers.length, 2, 'it asks again')
  answers[1]?.(guest.console)
  await settled()
  assert.equal(line.state, 'running')
  line.close()
})

test('a console that cannot be had is tried again, at once where there is news, and told of once', async () => {
  let there: There = 'refuses'
  const guest = new Guest()
  const { line, troubles, asked } = lineOf(() => there)
  for (let time = 0; time < 12; time++) {
    line.look()
    await settled()
  }
  assert.ok(asked.count >= 12, `${asked.count} times`)
  assert.equal(troubles.length, 1)
  there = guest
  line.look()
  await settled()
  assert.equal(line.state, 'running')
  line.close()
})

test('without news it is tried again as well', { timeout: 30_000 }, async () => {
  const guest = new Guest()
  const answers: There[] = ['refuses', 'refuses', guest]
  const { line } = lineOf(() => answers.shift() ?? null)
  const running = new Promise<void>(resolve =>
    line.watch({ onOutput: () => {}, onState: state => state === 'running' && resolve() }),
  )
  line.look()
  // Its pauses hold no process up.
  const alive = setInterval(() => {}, 1000)
  await running
  clearInterval(alive)
  line.close()
})

test('what is typed arrives in order, and no more of it waits than there is room for', async () => {
  const guest = new Guest()
  const { line } = lineOf(() => (guest.console.destroyed ? null : guest))
  assert.equal(line.type(Buffer.from('nobody hears this')), true)
  line.look()
  await settled()
  for (const key of 'ls\n') assert.equal(line.type(Buffer.from(key)), true)
  assert.equal(Buffer.concat(guest.typed).toString(), 'ls\n')
  guest.isReading = false
  const piece = Buffer.alloc(65_536, 'x')
  let taken = 0
  while (line.type(piece)) taken += piece.length
  assert.ok(taken > 0 && taken <= TYPED_BYTES, `${taken} bytes`)
  assert.ok(guest.console.writableLength <= TYPED_BYTES)
  line.close()
})

test('a closed one lets go, and never asks again', async () => {
  const guest = new Guest()
  const { line, asked } = lineOf(() => guest)
  line.look()
  await settled()
  line.close()
  await settled()
  assert.equal(guest.console.destroyed, true)
  const before = asked.count
  line.look()
  await settled()
  assert.deepEqual([asked.count, line.state], [before, 'stopped'])
})

test('one that is closed while it asks lets go of what it gets', async () => {
  const guest = new Guest()
  const answers: ((console: Duplex | null) => void)[] = []
  const line = new Line(
    () => new Promise(resolve => answers.push(resolve)),
    () => {},
  )
  line.look()
  line.close()
  answers[0]?.(guest.console)
  await settled()
  assert.deepEqual([guest.console.destroyed, line.state], [true, 'stopped'])
})
