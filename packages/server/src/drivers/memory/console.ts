/** A machine's serial console. What its guest prints while nobody has it is lost, as on any wire that leads nowhere. */
import { Duplex } from 'node:stream'
import type { RunningMachine, World } from './world.ts'

export function openConsole(world: World, serverId: number): Duplex | null {
  const machine = world.machines.get(serverId)
  if (!machine) return null
  const console = new Duplex({
    read: () => {},
    write: (bytes: Buffer, _encoding, done) => {
      if (!machine.isReading) return
      machine.typed += bytes
      done()
    },
    destroy: (error, done) => {
      machine.consoles.delete(console)
      done(error)
    },
  })
  machine.consoles.add(console)
  return console
}

export function print({ consoles }: RunningMachine, text: string | Buffer): void {
  const [first] = consoles
  first?.push(text)
}
