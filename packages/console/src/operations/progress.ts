/** How far operations are. What the service says may fall when a step begins again; what is shown never does. */
import type { Operation } from '@restpoint/sdk/source'

const highest = new Map<number, number>()

/** 0…1, and 1 only when it is completed. */
export function risen(
  { id, status, progress }: Pick<Operation, 'id' | 'status' | 'progress'>,
  known = highest,
): number {
  const seen = Math.max(known.get(id) ?? 0, Number.isFinite(progress) ? progress : 0)
  known.set(id, seen)
  return status === 'completed' ? 1 : Math.min(seen, 0.99)
}
