import type { Operation } from '@restpoint/sdk/source'

export function hasEnded({ status }: Pick<Operation, 'status'>): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled'
}
