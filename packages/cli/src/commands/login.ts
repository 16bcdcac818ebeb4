import type { CommandSpec } from '../command.ts'
import { connect } from '../connect.ts'
import { CliError } from '../failure.ts'
import { DEFAULT_URL } from '../settings.ts'
import { writeSettings } from '../settings-file.ts'
import { readSecret } from '../terminal/secret.ts'

export const command: CommandSpec<object> = {
  summary: 'save where the service is and a token, once the service has taken it',
  more: `The token is asked for, or read from standard input; it is never an argument. Without a URL: ${DEFAULT_URL}.`,
  example: 'restpoint login --url https://restpoint.example.com < token-file',
  async run(context) {
    const url = context.common.url ?? (process.env['RESTPOINT_URL'] || DEFAULT_URL)
    const token = await readSecret(`Token for ${url}: `)
    if (token === '') throw new CliError('usage', 'There was no token.', 'Type or pipe one; it starts with rp_.')
    const me = await (await connect({ url, token })).account.me()
    const file = await writeSettings({ url, token })
    context.tell(me, ({ account, token: { name } }) => [
      `You are ${account.email} at ${url}, with the token "${name}". Saved in ${file}.`,
    ])
    return undefined
  },
}
