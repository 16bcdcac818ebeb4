import type { WriteLoad } from '../guest/load.ts'
import type { Member, World } from '../world.ts'

/** A snapshot, and what is known of the load when it was taken. */
export interface Taken {
  readonly id: number
  readonly name: string
  /** The last row that had been acknowledged when it was asked for: it must be in it. */
  readonly acknowledged: number
  readonly freezeMs: number
  readonly pauseMs: number
  /** From the request to its end. */
  readonly tookMs: number
}

interface Detail {
  readonly status: string
  readonly error: unknown
  readonly receipt: { readonly achieved: string; readonly freeze_ms: number; readonly pause_ms: number } | null
}

/** Of a running server, with its file systems frozen; throws where less was achieved. */
export async function takeSnapshot(
  world: World,
  { id: serverId }: Member,
  name: string,
  load: WriteLoad,
): Promise<Taken> {
  const acknowledged = load.acknowledged
  const begun = Date.now()
  const { id } = await world.api.snapshot(serverId, name, '?consistency=filesystem')
  const { status, error, receipt } = await world.api.get<Detail>(`/snapshots/${id}/`)
  const tookMs = Date.now() - begun
  if (status !== 'completed' || receipt?.achieved !== 'filesystem') {
    throw new Error(`snapshot ${name} is ${status}, ${JSON.stringify(error ?? receipt)}`)
  }
  return { id, name, acknowledged, freezeMs: receipt.freeze_ms, pauseMs: receipt.pause_ms, tookMs }
}
