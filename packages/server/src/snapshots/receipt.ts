/** What a snapshot says of itself: asked and achieved, measured, never estimated. Kept as JSON in its row. */
import type { Consistency, ConsistencyReason, ConsistencyRequest } from '../domain/consistency.ts'

export interface Receipt {
  readonly requested: ConsistencyRequest
  readonly achieved: Consistency
  /** Why less than `filesystem`; null when nothing less. */
  readonly reason: ConsistencyReason | null
  /** The instant of the cut, epoch ms. */
  readonly cut_at: number
  readonly freeze_ms: number | null
  readonly pause_ms: number | null
  /** Whether the server ran. */
  readonly running: boolean
  readonly driver_version: string
  readonly disks: readonly { readonly slot: number; readonly size_bytes: number; readonly allocated_bytes: number }[]
}
