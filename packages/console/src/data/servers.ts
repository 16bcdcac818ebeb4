import { useQuery } from '@tanstack/react-query'
import { useRestpoint } from '../session/client.tsx'
import { keys } from './keys.ts'

/** All of them, as they were made. */
export function useServers() {
  const restpoint = useRestpoint()
  return useQuery({
    queryKey: keys.servers,
    queryFn: async ({ signal }) => (await restpoint.servers.list({ signal })).results,
  })
}

export function useServer(id: number) {
  const restpoint = useRestpoint()
  return useQuery({ queryKey: keys.server(id), queryFn: ({ signal }) => restpoint.servers.get(id, { signal }) })
}
