import type { Check } from './check.ts'
import { accountChecks } from './checks/account.ts'
import { commonChecks } from './checks/common.ts'
import { createChecks, limitChecks } from './checks/create.ts'
import { deleteChecks, durableChecks } from './checks/delete.ts'
import { idempotencyChecks } from './checks/idempotency.ts'
import { listChecks } from './checks/list.ts'
import { ourChecks } from './checks/ours.ts'
import { pagingChecks } from './checks/paging.ts'
import { powerAndUndoChecks } from './checks/power.ts'
import { restoreChecks } from './checks/restore.ts'
import { serverChecks } from './checks/servers.ts'
import { tokenChecks } from './checks/tokens.ts'

/** The whole contract, line by line, in the order in which it costs the server least. */
export const checks: readonly Check[] = [
  ...accountChecks,
  ...createChecks,
  ...listChecks,
  ...pagingChecks,
  ...serverChecks,
  ...commonChecks,
  ...idempotencyChecks,
  ...limitChecks,
  ...ourChecks,
  ...tokenChecks,
  ...restoreChecks,
  ...powerAndUndoChecks,
  ...deleteChecks,
  ...durableChecks,
]
