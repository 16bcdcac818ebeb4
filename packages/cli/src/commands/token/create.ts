import { InvalidArgumentError } from 'commander'
import type { CommandSpec } from '../../command.ts'
import { tellDryRun } from '../../dry-run.ts'
import { dryRunOption, type Rehearsing } from '../../options.ts'
import { type Permitting, permissionOption } from '../../permissions.ts'
import { newTokenLines } from '../../views/token.ts'

interface Given extends Required<Permitting>, Rehearsing {
  readonly name: string
  readonly expires?: string
}

export const command: CommandSpec<Given> = {
  summary: 'make a token; its secret is shown this once',
  arguments: { '<name>': 'for people' },
  options: {
    ...permissionOption('what it may do', true),
    '--expires <time>': { what: 'when it ends: 30d, 12h, or a time like 2027-01-15T18:30:00Z', parse: expiry },
    ...dryRunOption,
  },
  example: 'restpoint token create backups --permission snapshots:read --permission snapshots:write --expires 30d',
  async run(context, { name, permission, expires, dryRun }) {
    const { restpoint, scope } = await context.connect()
    const body = { name, permissions: permission, expires_at: expires }
    if (dryRun) return tellDryRun(context, await restpoint.dryRun.tokens.create(body, scope))
    context.tell(await restpoint.tokens.create(body, scope), newTokenLines)
    return undefined
  },
}

const SECONDS = { m: 60, h: 3600, d: 86_400 }

/** As the API takes it: UTC, whole seconds. */
function expiry(text: string): string {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
  const time = unit
    ? new Date(Date.now() + Number(count) * SECONDS[unit as keyof typeof SECONDS] * 1000)
    : new Date(/^\d{4}-\d\d-\d\d/.test(text) ? text : Number.NaN)
  if (Number.isNaN(time.getTime())) throw new InvalidArgumentError('It looks like 30d, 12h or 2027-01-15T18:30:00Z.')
  return time.toISOString().replace(/\.\d+Z$/, 'Z')
}
