import type { CommandSpec } from '../../command.ts'
import { tellDryRun } from '../../dry-run.ts'
import { imageId } from '../../find.ts'
import { bodyOf, type Shape, shapeOptions } from '../../new-server.ts'
import { dryRunOption, type Rehearsing, type Waiting, waitingOptions, wholeNumber } from '../../options.ts'
import { newServerLines } from '../../views/server.ts'
import { startAndWait } from '../../wait.ts'

interface Given extends Shape, Waiting, Rehearsing {
  readonly name: string
  readonly image: string
  readonly storage: number
  readonly disk?: number[]
  readonly firmware?: 'bios' | 'uefi'
  readonly location?: string
}

const DEFAULT_VCPUS = 1
const DEFAULT_MEMORY_MB = 1024

export const command: CommandSpec<Given> = {
  summary: 'make a server from an image, and start it',
  more: `Needs --image and --storage; ${DEFAULT_VCPUS} processor and ${DEFAULT_MEMORY_MB} MB of memory unless you say otherwise.`,
  arguments: { '<name>': 'of the new server' },
  options: {
    '--image <image>': { what: 'what its first disk is made from, by name or id', isNeeded: true },
    ...shapeOptions,
    '--storage <gb>': { what: 'of the first disk, in GB', parse: wholeNumber, isNeeded: true },
    '--disk <gb>': { what: 'one more disk, an empty one; may be repeated', parse: wholeNumber, isList: true },
    '--firmware <firmware>': { what: 'what it boots by', choices: ['bios', 'uefi'] },
    '--location <location>': 'where it is; a word of yours',
    ...waitingOptions,
    ...dryRunOption,
  },
  example: 'restpoint server create web-server-02 --image debian-12 --storage 10 --ssh-key ~/.ssh/id_ed25519.pub',
  async run(context, { name, image, disk, firmware, location, dryRun, wait, timeout, ...shape }) {
    const connected = await context.connect()
    const { restpoint, scope } = connected
    const { vcpus = DEFAULT_VCPUS, memory = DEFAULT_MEMORY_MB, storage } = shape
    const body = {
      name,
      location,
      image_id: await imageId(connected, image),
      plan: { vcpus, memory, storage },
      disks: disk?.map(size_gb => ({ size_gb })),
      firmware,
      ...(await bodyOf(shape)),
    }
    if (dryRun) return tellDryRun(context, await restpoint.dryRun.servers.create(body, scope))
    const start = (hold: object) => restpoint.servers.create(body, { ...scope, ...hold })
    return startAndWait(context, connected, { wait, timeout }, start, {
      read: ({ id }) => restpoint.servers.get(id, scope),
      lines: newServerLines,
    })
  },
}
