/**
 * Ends every machine of a state folder because its host is about to end. Nobody has asked for these servers to be
 * stopped, so they are marked: the next start of the service, on the next boot, starts them again.
 */
import type { Driver } from '../driver.ts'
import { machineName } from './command-line.ts'
import type { Host } from './host.ts'
import { noteHostEnd } from './host-end.ts'
import { guestPaths } from './paths.ts'
import { findProcess } from './process.ts'

export interface PowerOffOptions {
  readonly stateDir: string
  /** How long a guest may take to power off by itself, ms. */
  readonly graceMs: number
  readonly say: (line: string) => void
}

/** All at once; false when one of them could not be ended. */
export async function powerOffAll(
  host: Host,
  driver: Pick<Driver, 'stop'>,
  { stateDir, graceMs, say }: PowerOffOptions,
): Promise<boolean> {
  const paths = guestPaths(stateDir)
  const ids = (await host.listFolder(paths.machines)).filter(name => /^\d+$/.test(name)).map(Number)
  const ended = await Promise.all(
    ids.map(async id => {
      const own = paths.machine(id)
      if (!(await findProcess(host, own, machineName(id)))) return true
      try {
        await noteHostEnd(host, own)
        await driver.stop(id, graceMs)
        say(`Server ${id} is off.`)
        return true
      } catch (error) {
        say(`Server ${id} could not be powered off: ${(error as Error).message}`)
        return false
      }
    }),
  )
  return ended.every(Boolean)
}
