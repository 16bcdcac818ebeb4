/** Back to what was before the last restore: in one click, because it can be undone itself. */
import type { ServerDetail } from '@restpoint/sdk/source'
import { useAction } from '../data/action.ts'
import { keys } from '../data/keys.ts'
import { isBegun } from '../operations/endings.ts'
import { useRestpoint } from '../session/client.tsx'

export function useUndo({ id }: Pick<ServerDetail, 'id'>) {
  const restpoint = useRestpoint()
  return useAction({
    run: () => restpoint.servers.undo(id),
    // What has happened is told at its end.
    done: begun => {
      isBegun(begun)
      return undefined
    },
    changes: [keys.servers, keys.operations],
  })
}
