import { useQuery } from '@tanstack/react-query'
import { useRestpoint } from '../session/client.tsx'
import { keys } from './keys.ts'

/** The tree that a server's disks, snapshots and undo point stand on. */
export function useLayers(serverId: number) {
  const restpoint = useRestpoint()
  return useQuery({
    queryKey: keys.layers(serverId),
    queryFn: async ({ signal }) => (await restpoint.servers.layers(serverId, { signal })).results,
  })
}
