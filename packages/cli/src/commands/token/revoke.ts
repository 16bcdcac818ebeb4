import type { CommandSpec } from '../../command.ts'
import { tellDryRun } from '../../dry-run.ts'
import { tokenId } from '../../find.ts'
import { dryRunOption, type Rehearsing } from '../../options.ts'

export const command: CommandSpec<{ token: string } & Rehearsing> = {
  summary: 'revoke a token, at once',
  arguments: { '<token>': 'its name or id, not its secret' },
  options: dryRunOption,
  example: 'restpoint token revoke backups',
  async run(context, { token, dryRun }) {
    const connected = await context.connect()
    const { restpoint, scope } = connected
    const id = await tokenId(connected, token)
    if (dryRun) return tellDryRun(context, await restpoint.dryRun.tokens.delete(id, scope))
    context.tell(await restpoint.tokens.delete(id, scope), () => [`Token ${token} is revoked.`])
    return undefined
  },
}
