import { accountWrongs, commonWrongs } from './wrongs/common.ts'
import { createWrongs, idempotencyWrongs } from './wrongs/create.ts'
import { listWrongs, pagingWrongs } from './wrongs/list.ts'
import { ourWrongs, tokenWrongs } from './wrongs/ours.ts'
import { deleteWrongs, restoreWrongs } from './wrongs/restore.ts'
import { powerWrongs, serverWrongs } from './wrongs/servers.ts'
import type { Wrong } from './wrongs/wrong.ts'

/** Every way in which the stub can be told to be wrong, and the checks that must tell. */
export const wrongs: readonly Wrong[] = [
  ...accountWrongs,
  ...createWrongs,
  ...listWrongs,
  ...pagingWrongs,
  ...serverWrongs,
  ...commonWrongs,
  ...idempotencyWrongs,
  ...ourWrongs,
  ...tokenWrongs,
  ...restoreWrongs,
  ...powerWrongs,
  ...deleteWrongs,
]
