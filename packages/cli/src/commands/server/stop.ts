import type { CommandSpec } from '../../command.ts'
import { power, powerParts } from './power.ts'

export const command: CommandSpec<Parameters<typeof power>[2]> = {
  summary: 'stop a server: it is asked to power off, and ended if it does not',
  ...powerParts,
  example: 'restpoint server stop web-server-01',
  run: (context, given) => power(context, 'stop', given),
}
