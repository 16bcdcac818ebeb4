import { useQuery } from '@tanstack/react-query'
import { useRestpoint } from '../session/client.tsx'
import { keys } from './keys.ts'

/** Those of the host, newest first. */
export function useImages() {
  const restpoint = useRestpoint()
  return useQuery({
    queryKey: keys.images,
    queryFn: async ({ signal }) => (await restpoint.images.list({ signal })).results,
  })
}
