import type { CommandSpec } from '../../command.ts'
import { power, powerParts } from './power.ts'

export const command: CommandSpec<Parameters<typeof power>[2]> = {
  summary: 'start a server, or let a suspended one run on',
  ...powerParts,
  example: 'restpoint server start web-server-01',
  run: (context, given) => power(context, 'start', given),
}
