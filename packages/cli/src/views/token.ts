import type { NewToken } from '@restpoint/sdk/source'
import { fields } from '../terminal/table.ts'
import { when } from '../terminal/units.ts'

/** With its secret. */
export function newTokenLines({ id, name, permissions, expires_at, token }: NewToken): string[] {
  return [
    ...fields([
      ['Token', `${name} (${id})`],
      ['May', permissions.join(', ')],
      ['Expires', when(expires_at) ?? 'never'],
      ['Secret', token],
    ]),
    'The secret is shown this once and kept nowhere.',
  ]
}
