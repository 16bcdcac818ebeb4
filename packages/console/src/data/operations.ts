import { useQuery } from '@tanstack/react-query'
import { useRestpoint } from '../session/client.tsx'
import { keys } from './keys.ts'

/** Those of one server, newest first. */
export function useOperationsOf(serverId: number) {
  const restpoint = useRestpoint()
  return useQuery({
    queryKey: [...keys.operations, 'of', serverId],
    queryFn: async ({ signal }) =>
      (await restpoint.operations.list({ server_id: serverId, limit: 100, signal })).results,
  })
}

/** One of them. Undefined: none is asked for. */
export function useOperation(id: number | undefined) {
  const restpoint = useRestpoint()
  return useQuery({
    queryKey: keys.operation(id ?? 0),
    queryFn: ({ signal }) => restpoint.operations.get(id ?? 0, { signal }),
    enabled: id !== undefined,
  })
}
