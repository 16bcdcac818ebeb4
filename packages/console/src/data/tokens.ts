import { useQuery } from '@tanstack/react-query'
import { useRestpoint } from '../session/client.tsx'
import { keys } from './keys.ts'
import { useMay, useMe } from './me.ts'

/** Those of the reader's account, newest first. Not asked for with a token that may not read them. */
export function useTokens() {
  const restpoint = useRestpoint()
  const may = useMay()
  return useQuery({
    queryKey: keys.tokens,
    queryFn: async ({ signal }) => (await restpoint.tokens.list({ signal })).results,
    enabled: may('tokens:write') === true,
  })
}

/** The one that the reader is signed in with, where its name tells it from the others: the API does not say which it is. */
export function useOwnToken() {
  const name = useMe().data?.token.name
  const alike = (useTokens().data ?? []).filter(token => token.name === name)
  return alike.length === 1 ? alike[0] : undefined
}
