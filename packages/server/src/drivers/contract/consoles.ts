/** The serial console: what goes through it, and when it ends. */
import assert from 'node:assert/strict'
import type { Duplex } from 'node:stream'
import type { ContractHarness } from './harness.ts'
import { TestServer } from './test-server.ts'

/** A console, and what has come out of it so far. */
class Wire {
  readonly console: Duplex
  readonly closed: Promise<void>
  #text = ''
  #onText = () => {}

  constructor(console: Duplex | null) {
    assert.ok(console, 'a machine that runs has a console')
    this.console = console
    this.closed = new Promise(resolve => console.once('close', resolve))
    console.on('data', bytes => {
      this.#text += bytes
      this.#onText()
    })
  }

  /** Until this has come out, alone and whole. */
  async hears(expected: string): Promise<void> {
    while (this.#text.length < expected.length) {
      await new Promise<void>(resolve => {
        this.#onText = resolve
      })
    }
    assert.equal(this.#text, expected)
    this.#text = ''
  }
}

async function openWire({ driver }: ContractHarness, server: TestServer): Promise<Wire> {
  return new Wire(await driver.openConsole(server.id))
}

export const consoleCases = {
  'what a guest prints comes out of its console, and what is typed goes in': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    const wire = await openWire(harness, server)
    await harness.print(server.id, 'login: ')
    await wire.hears('login: ')
    for (const key of 'root\n') wire.console.write(key)
    assert.equal(await harness.typed(server.id, 5), 'root\n')
    await harness.print(server.id, '# ')
    await wire.hears('# ')
  },

  'what does not run has no console': async (harness: ContractHarness) => {
    const server = await TestServer.make(harness)
    assert.equal(await harness.driver.openConsole(server.id), null)
    await server.start()
    await harness.driver.halt(server.id)
    assert.equal(await harness.driver.openConsole(server.id), null)
  },

  'a console closes with its machine, and the next machine has its own': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    const first = await openWire(harness, server)
    await harness.driver.halt(server.id)
    await first.closed
    await server.start()
    const second = await openWire(harness, server)
    await harness.print(server.id, 'again')
    await second.hears('again')
    await harness.kill(server.id)
    await second.closed
    await server.verifyStopped()
  },

  'the second at a console has it when the first has closed it': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    const first = await openWire(harness, server)
    const second = await openWire(harness, server)
    await harness.print(server.id, 'one')
    await first.hears('one')
    first.console.destroy()
    await first.closed
    // A machine may take a moment to see it; what it prints until then nobody hears.
    second.console.write('x')
    assert.equal(await harness.typed(server.id, 1), 'x')
    await harness.print(server.id, 'two')
    await second.hears('two')
  },

  'the consoles of two machines are two, and neither is in the way of a cut': async (harness: ContractHarness) => {
    const [one, two] = [await TestServer.running(harness), await TestServer.running(harness)]
    const [first, second] = [await openWire(harness, one), await openWire(harness, two)]
    await one.write(2, 0x44)
    await one.cut()
    await harness.print(one.id, 'one')
    await harness.print(two.id, 'two')
    await first.hears('one')
    await second.hears('two')
    await one.verifyRunning()
  },

  'the next driver opens the consoles of machines that run on': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    const first = await openWire(harness, server)
    first.console.destroy()
    await harness.driver.close()
    await harness.reopen()
    await harness.driver.adopt([server.id])
    const second = await openWire(harness, server)
    second.console.write('x')
    assert.equal(await harness.typed(server.id, 1), 'x')
    await harness.print(server.id, 'two')
    await second.hears('two')
  },
}
