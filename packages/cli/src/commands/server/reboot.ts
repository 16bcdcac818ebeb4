import type { CommandSpec } from '../../command.ts'
import { power, powerParts } from './power.ts'

export const command: CommandSpec<Parameters<typeof power>[2]> = {
  summary: 'reboot a server',
  ...powerParts,
  example: 'restpoint server reboot web-server-01',
  run: (context, given) => power(context, 'reboot', given),
}
