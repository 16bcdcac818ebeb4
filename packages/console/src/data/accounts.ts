import { useQuery } from '@tanstack/react-query'
import { useRestpoint } from '../session/client.tsx'
import { keys } from './keys.ts'
import { useMay } from './me.ts'

/** All of the host, as they were made. For administrators. */
export function useAccounts() {
  const restpoint = useRestpoint()
  const may = useMay()
  return useQuery({
    queryKey: keys.accounts,
    queryFn: async ({ signal }) => (await restpoint.accounts.list({ signal })).results,
    enabled: may('admin') === true,
  })
}

/** One with what it uses. */
export function useAccount(id: number) {
  const restpoint = useRestpoint()
  return useQuery({
    queryKey: [...keys.accounts, id],
    queryFn: ({ signal }) => restpoint.accounts.get(id, { signal }),
  })
}
