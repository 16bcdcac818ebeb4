import { authorizations, foreignToken } from './entries/auth.ts'
import { bodyEntries } from './entries/bodies.ts'
import { fieldEntries } from './entries/fields.ts'
import { hostEntries } from './entries/host.ts'
import { pathIds, serverIdFields } from './entries/ids.ts'
import { accountQueries, dryRunQueries, headerEntries, lines, methodEntries, queries } from './entries/lines.ts'
import { serverEntries } from './entries/servers.ts'
import type { Entry } from './entry.ts'

/** Everything bad that is sent, and what may come back. */
export const corpus: readonly Entry[] = [
  ...pathIds,
  ...serverIdFields,
  ...fieldEntries,
  ...serverEntries,
  ...hostEntries,
  ...bodyEntries,
  ...queries,
  ...accountQueries,
  ...dryRunQueries,
  ...methodEntries,
  ...headerEntries,
  ...authorizations,
  foreignToken,
  ...lines,
]
