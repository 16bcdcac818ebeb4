import type { CommandSpec } from '../../command.ts'
import { tellDryRun } from '../../dry-run.ts'
import { dryRunOption, type Rehearsing, wholeNumber } from '../../options.ts'
import { type Permitting, permissionOption } from '../../permissions.ts'
import { accountLines } from '../../views/account.ts'
import { newTokenLines } from '../../views/token.ts'

interface Given extends Permitting, Rehearsing {
  readonly email: string
  readonly firstName?: string
  readonly lastName?: string
  readonly company?: string
  readonly maxServers?: number
  readonly maxSnapshots?: number
  readonly maxBytes?: number
}

export const command: CommandSpec<Given> = {
  summary: 'make an account with its first token, whose secret is shown this once; for administrators',
  arguments: { '<email>': 'nothing is sent to it' },
  options: {
    '--first-name <name>': 'for people',
    '--last-name <name>': 'for people',
    '--company <name>': 'for people',
    '--max-servers <number>': { what: 'how many servers it may have', parse: wholeNumber },
    '--max-snapshots <number>': { what: 'how many snapshots each of them may have', parse: wholeNumber },
    '--max-bytes <number>': {
      what: 'how many bytes their layers may allocate before more is refused',
      parse: wholeNumber,
    },
    ...permissionOption('what the first token may do, else all but admin', false),
    ...dryRunOption,
  },
  example: 'restpoint account create ada@example.com --first-name Ada --max-servers 5',
  async run(context, { email, firstName, lastName, company, permission, dryRun, ...most }) {
    const { restpoint, scope } = await context.connect()
    const quota = { servers: most.maxServers, snapshots_per_server: most.maxSnapshots, bytes: most.maxBytes }
    const body = {
      email,
      first_name: firstName,
      last_name: lastName,
      company_name: company,
      permissions: permission,
      ...(Object.values(quota).some(value => value !== undefined) ? { quota } : {}),
    }
    if (dryRun) return tellDryRun(context, await restpoint.dryRun.accounts.create(body, scope))
    context.tell(await restpoint.accounts.create(body, scope), account => [
      ...accountLines(account),
      ...newTokenLines(account.token),
    ])
    return undefined
  },
}
