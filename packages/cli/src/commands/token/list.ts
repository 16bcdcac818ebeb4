import type { CommandSpec } from '../../command.ts'
import { table } from '../../terminal/table.ts'
import { when } from '../../terminal/units.ts'

export const command: CommandSpec<object> = {
  summary: 'list the tokens of the account, without their secrets',
  example: 'restpoint token list',
  async run(context) {
    const { restpoint, scope } = await context.connect()
    context.tell(await restpoint.tokens.list(scope), ({ results }) =>
      table(
        results,
        [
          ['id', token => token.id],
          ['name', token => token.name],
          ['may', token => token.permissions.join(', ')],
          ['made', token => when(token.created_at)],
          ['expires', token => when(token.expires_at) ?? 'never'],
          ['last used', token => when(token.last_used_at) ?? 'never'],
        ],
        'There are no tokens.',
      ),
    )
    return undefined
  },
}
