import type { CommandSpec } from '../../command.ts'
import { table } from '../../terminal/table.ts'
import { size, when } from '../../terminal/units.ts'

export const command: CommandSpec<object> = {
  summary: 'list the accounts of the host; for administrators',
  example: 'restpoint account list',
  async run(context) {
    const { restpoint } = await context.connect()
    context.tell(await restpoint.accounts.list(), ({ results }) =>
      table(
        results,
        [
          ['id', account => account.id],
          ['email', account => account.email],
          ['name', account => `${account.first_name} ${account.last_name}`.trim()],
          ['servers at most', ({ quota }) => quota.servers],
          ['space at most', ({ quota }) => size(quota.bytes)],
          ['made', account => when(account.created_at)],
        ],
        'There are no accounts.',
      ),
    )
    return undefined
  },
}
