import type { CommandSpec } from '../../command.ts'
import { tellDryRun } from '../../dry-run.ts'
import { dryRunOption, type Rehearsing, type Waiting, waitingOptions } from '../../options.ts'
import { status } from '../../terminal/colour.ts'
import { size } from '../../terminal/units.ts'
import { startAndWait } from '../../wait.ts'

interface Given extends Waiting, Rehearsing {
  readonly path: string
  readonly name: string
  readonly format: 'qcow2' | 'raw'
  readonly osName?: string
  readonly cloudInit: boolean
  readonly link?: boolean
}

export const command: CommandSpec<Given> = {
  summary: 'import an image from a file of the host; for administrators',
  arguments: { '<path>': 'of the file on the host of the service, absolute' },
  options: {
    '--name <name>': { what: 'of the image', isNeeded: true },
    '--format <format>': {
      what: 'of the file; it is never guessed, because a raw disk may begin with anything',
      choices: ['qcow2', 'raw'],
      isNeeded: true,
    },
    '--os-name <name>': 'of the system in it, for people',
    '--no-cloud-init': 'there is no cloud-init in it',
    '--link': 'use the file where it lies, read-only, and do not copy it',
    ...waitingOptions,
    ...dryRunOption,
  },
  example: 'restpoint image import /srv/images/debian-12.qcow2 --name debian-12 --format qcow2',
  async run(context, { path, name, format, osName, cloudInit, link, dryRun, ...waiting }) {
    const connected = await context.connect()
    const { restpoint, scope } = connected
    const body = { path, name, format, os_name: osName, cloud_init: cloudInit ? undefined : false }
    const query = { ...scope, link }
    if (dryRun) return tellDryRun(context, await restpoint.dryRun.images.import(body, query))
    const start = (hold: object) => restpoint.images.import(body, { ...query, ...hold })
    return startAndWait(context, connected, waiting, start, {
      read: ({ id }) => restpoint.images.get(id, scope),
      lines: image => [`Image ${image.name} (${image.id}) is ${status(image.status)}: ${size(image.size_bytes)}.`],
    })
  },
}
