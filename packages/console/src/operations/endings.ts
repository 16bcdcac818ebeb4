/** Which operations have ended since one last looked. Those that had ended before are nobody's news. */
import type { Operation } from '@restpoint/sdk/source'
import { hasEnded } from './ended.ts'

const underWay = new Set<number>()

/** The reader has begun it here: its end is news, also if it comes before anybody has looked. */
export function isBegun({ operationId }: { readonly operationId: number }): void {
  underWay.add(operationId)
}

export function newlyEnded(operations: readonly Operation[], known = underWay): Operation[] {
  const ended = operations.filter(operation => hasEnded(operation) && known.delete(operation.id))
  for (const operation of operations) if (!hasEnded(operation)) known.add(operation.id)
  return ended
}
