import type { CommandSpec } from '../command.ts'
import { runScript } from '../script.ts'

export const command: CommandSpec<object> = {
  summary: 'run the service, as "npm start" does',
  more: 'Its settings are environment variables: see README.md.',
  example: 'RESTPOINT_LISTEN=127.0.0.1:8700 restpoint serve',
  run: () => runScript('start', []),
}
