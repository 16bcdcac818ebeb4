import type { Token } from '@restpoint/sdk/source'
import type { OptionSpec } from './command.ts'

type Permission = Token['permissions'][number]

/** As many as there are. */
const known: Readonly<Record<Permission, true>> = {
  'snapshots:read': true,
  'snapshots:write': true,
  'servers:read': true,
  'servers:write': true,
  'servers:exec': true,
  'tokens:write': true,
  admin: true,
}

export interface Permitting {
  readonly permission?: Permission[]
}

export function permissionOption(what: string, isNeeded: boolean): Readonly<Record<string, OptionSpec>> {
  return {
    '--permission <permission>': {
      what: `${what}; may be repeated`,
      choices: Object.keys(known),
      isList: true,
      isNeeded,
    },
  }
}
