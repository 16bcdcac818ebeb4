import type { CommandSpec } from '../command.ts'
import { runScript } from '../script.ts'

interface Given {
  readonly deep?: boolean
  readonly repair?: boolean
  readonly log?: readonly string[]
}

export const command: CommandSpec<Given> = {
  summary: 'look whether all is well with the state folder and its servers, as "npm run doctor" does',
  more: 'Runs on the host of the service. Exit code 0: all is well; 1: something is not; 2: it could not be looked at.',
  options: {
    '--deep': 'look into every layer, too',
    '--repair': 'do what is safe',
    '--log <file>': { what: 'a log of the service to look into; may be repeated', isList: true },
  },
  example: 'restpoint doctor --deep',
  run: ({ common }, { deep, repair, log = [] }) =>
    runScript('doctor', [
      ...(common.json ? ['--json'] : []),
      ...(deep ? ['--deep'] : []),
      ...(repair ? ['--repair'] : []),
      ...log.flatMap(file => ['--log', file]),
    ]),
}
