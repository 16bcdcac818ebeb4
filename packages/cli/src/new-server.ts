/** What a server is made with, whether from an image or from a snapshot. */
import { readFile } from 'node:fs/promises'
import { InvalidArgumentError } from 'commander'
import type { OptionSpec } from './command.ts'
import { CliError } from './failure.ts'
import { wholeNumber } from './options.ts'

export interface Shape {
  readonly hostname?: string
  readonly vcpus?: number
  readonly memory?: number
  readonly storage?: number
  readonly network?: string
  readonly forward?: { guest_port: number; host_port?: number }[]
  readonly userData?: string
  readonly sshKey?: readonly string[]
  readonly autostart: boolean
}

export const shapeOptions: Readonly<Record<string, OptionSpec>> = {
  '--hostname <name>': 'else the name, made a host name',
  '--vcpus <number>': { what: 'virtual processors', parse: wholeNumber },
  '--memory <mb>': { what: 'in MB', parse: wholeNumber },
  '--storage <gb>': { what: 'of the first disk, in GB', parse: wholeNumber },
  '--network <network>': 'user (behind the host), bridge:NAME or none',
  '--forward <guest[:host]>': {
    what: 'a port of the server, and of the host that leads there; may be repeated',
    parse: forward,
    isList: true,
  },
  '--user-data <file>': 'what cloud-init does at the first boot',
  '--ssh-key <file>': { what: 'a public key; may be repeated', isList: true },
  '--no-autostart': 'leave it stopped after a restart of the host',
}

/** The part of the body that they make; what was not said is left away. */
export async function bodyOf({ hostname, network, forward, userData, sshKey, autostart }: Shape) {
  const cloudInit = userData !== undefined || sshKey !== undefined
  return {
    hostname,
    network,
    forwards: forward,
    ...(cloudInit
      ? {
          cloud_init: {
            user_data: userData === undefined ? undefined : await textOf(userData),
            ssh_keys: sshKey && (await Promise.all(sshKey.map(async file => (await textOf(file)).trim()))),
          },
        }
      : {}),
    autostart: autostart ? undefined : false,
  }
}

function forward(text: string): { guest_port: number; host_port?: number } {
  const match = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(text)
  if (!match) throw new InvalidArgumentError('It looks like 80 or 80:8080.')
  return { guest_port: Number(match[1]), ...(match[2] ? { host_port: Number(match[2]) } : {}) }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CliError('usage', `${file} cannot be read: ${code}.`, 'Name a file that you can read.')
  }
}
