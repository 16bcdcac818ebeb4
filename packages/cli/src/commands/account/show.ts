import type { CommandSpec } from '../../command.ts'
import { accountId } from '../../find.ts'
import { fields } from '../../terminal/table.ts'
import { accountLines, nameFields } from '../../views/account.ts'

export const command: CommandSpec<{ which?: string }> = {
  summary: 'show whose token this is and what it may do, or, for administrators, an account',
  arguments: { '[which]': 'an account, by email or id' },
  example: 'restpoint account show',
  async run(context, { which }) {
    const { restpoint, scope } = await context.connect()
    if (which !== undefined) {
      context.tell(await restpoint.accounts.get(await accountId(restpoint, which)), accountLines)
      return undefined
    }
    context.tell(await restpoint.account.me(scope), ({ account, token }) =>
      fields([
        ['Account', account.email],
        ...nameFields(account),
        ['Token', token.name],
        ['May', token.permissions.join(', ')],
      ]),
    )
    return undefined
  },
}
