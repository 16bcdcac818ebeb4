/** I34: no secret where it does not belong. What is found is never told, only where. */
import { digestOf } from '../../tokens/digest.ts'
import type { Finding, Invariant } from '../finding.ts'
import { postgresOf } from '../options.ts'
import type { World } from '../world.ts'
import { rights } from './secrets/rights.ts'
import { texts } from './secrets/texts.ts'

type Found = Omit<Finding, 'invariant'>

/** As tokens are made: `rp_` and 256 random bits. */
const TOKEN = /rp_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g

async function betrayed(world: World): Promise<Found[]> {
  const tokens = await world.db.selectFrom('tokens').select(['id', 'digest']).execute()
  const digests = new Map(tokens.map(({ id, digest }) => [digest, id]))
  const password = passwordOf(world)
  const findings: Found[] = []
  for await (const { text, where, remedy } of texts(world, ['rp_', ...(password === null ? [] : [password])])) {
    const ids = new Set((text.match(TOKEN) ?? []).map(secret => digests.get(digestOf(secret))))
    const hasPassword = password !== null && text.includes(password)
    if (ids.size === 0 && !hasPassword) continue
    const valid = [...ids].filter(id => id !== undefined)
    const what = hasPassword
      ? "The database's password"
      : valid.length > 0
        ? `The secret of token ${valid.join(', ')}`
        : 'What looks like a token, but opens nothing now,'
    findings.push({
      level: hasPassword || valid.length > 0 ? 'damage' : 'fault',
      subject: where,
      text: `${what} is in ${where}.`,
      remedy: hasPassword ? `Change the password. ${remedy}` : `Revoke the token. ${remedy}`,
    })
  }
  return findings
}

/** Of the database; short ones are words that occur by themselves. */
function passwordOf({ options }: World): string | null {
  const password = postgresOf(options)?.password() ?? ''
  return password.length >= 8 ? password : null
}

export const secretInvariants: Invariant<World>[] = [
  {
    id: 'I34',
    title: 'no secret in a log, a row or an argument list',
    check: async world => [...(await betrayed(world)), ...rights(world)],
  },
]
