/** Whose token it is, and what it may do. */
import type { Me } from '@restpoint/sdk/source'
import { useQuery } from '@tanstack/react-query'
import { useRestpoint } from '../session/client.tsx'
import { keys } from './keys.ts'

export type Permission = Me['token']['permissions'][number]

export function useMe() {
  const restpoint = useRestpoint()
  return useQuery({
    queryKey: keys.me,
    queryFn: ({ signal }) => restpoint.account.me({ signal }),
    staleTime: 60_000,
    refetchInterval: false,
  })
}

/** Undefined until it is known. */
export function useMay(): (permission: Permission) => boolean | undefined {
  const permissions = useMe().data?.token.permissions
  return permission => permissions && (permissions.includes(permission) || permissions.includes('admin'))
}
