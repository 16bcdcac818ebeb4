import type { CommandSpec } from '../../command.ts'
import { tellDryRun } from '../../dry-run.ts'
import { accountId } from '../../find.ts'
import { dryRunOption, type Rehearsing } from '../../options.ts'

export const command: CommandSpec<{ which: string } & Rehearsing> = {
  summary: 'delete an account that owns no servers; for administrators',
  arguments: { '<which>': 'by email or id' },
  options: dryRunOption,
  example: 'restpoint account delete ada@example.com',
  async run(context, { which, dryRun }) {
    const { restpoint } = await context.connect()
    const id = await accountId(restpoint, which)
    if (dryRun) return tellDryRun(context, await restpoint.dryRun.accounts.delete(id))
    context.tell(await restpoint.accounts.delete(id), () => [`Account ${which} is deleted.`])
    return undefined
  },
}
