import type { Snapshot } from '@restpoint/sdk/source'
import { useQuery } from '@tanstack/react-query'
import { useRestpoint } from '../session/client.tsx'
import { keys } from './keys.ts'
import { useMay } from './me.ts'

/** All of them, newest first. Not asked for with a token that may not read them. */
export function useSnapshots() {
  const restpoint = useRestpoint()
  const may = useMay()
  return useQuery({
    queryKey: keys.snapshots,
    queryFn: async ({ signal }) => (await restpoint.snapshots.list({ signal })).results,
    enabled: may('snapshots:read') === true,
  })
}

/** One with its receipt and its bytes. */
export function useSnapshot(id: number) {
  const restpoint = useRestpoint()
  return useQuery({ queryKey: keys.snapshot(id), queryFn: ({ signal }) => restpoint.snapshots.get(id, { signal }) })
}

/** Server → its newest one that is whole or on its way. `snapshots` newest first. */
export function newestByServer(snapshots: readonly Snapshot[]): ReadonlyMap<number, Snapshot> {
  const newest = new Map<number, Snapshot>()
  for (const snapshot of snapshots) {
    const { id } = snapshot.server
    if (snapshot.status !== 'failed' && !newest.has(id)) newest.set(id, snapshot)
  }
  return newest
}

/** One with its receipt or its error, which stay as they are once it has ended: it is asked for once. */
export function useEndedSnapshot({ id, status }: Pick<Snapshot, 'id' | 'status'>) {
  const restpoint = useRestpoint()
  return useQuery({
    queryKey: ['ended snapshots', id, status],
    queryFn: ({ signal }) => restpoint.snapshots.get(id, { signal }),
    enabled: status !== 'in_progress',
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: false,
  })
}
