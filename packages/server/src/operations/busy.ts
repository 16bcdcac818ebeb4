import type { Trx } from '../db/database.ts'
import { Failure } from '../errors.ts'
import { inLane } from './journal.ts'
import { serverLane } from './lanes.ts'
import { refuse } from './refuse.ts'

/** Seconds until it is worth asking again. */
const RETRY_AFTER = 2

/** A restore, undo, start, stop or reboot does not queue: it would meet a server that its sender has not seen. */
export async function refuseIfBusy(trx: Trx, serverId: number): Promise<void> {
  const [first] = await inLane(trx, serverLane(serverId))
  if (!first) return
  const detail = `Server ${serverId} is busy: operation ${first.id} (${first.kind}) is ${first.status}.`
  refuse(trx, new Failure('server_busy', detail, { operationId: first.id, retryAfter: RETRY_AFTER }))
}
