/** Deleting an image: final, so it says what is freed and what goes on. */
import type { Image } from '@restpoint/sdk/source'
import { useAction } from '../../data/action.ts'
import { useReasonAgainst } from '../../data/allowed.ts'
import { useDryRun } from '../../data/dry-run.ts'
import { keys } from '../../data/keys.ts'
import { Dialog } from '../../dialogs/dialog.tsx'
import { Blockers, reasonOf } from '../../dialogs/foreseen.tsx'
import { Frees } from '../../dialogs/frees.tsx'
import { isolated } from '../../format/isolate.ts'
import { m } from '../../paraglide/messages.js'
import { useRestpoint } from '../../session/client.tsx'
import { imageRequests } from './requests.ts'

export function DeleteImageDialog({ image, close }: { readonly image: Image; readonly close: () => void }) {
  const restpoint = useRestpoint()
  const { id, status, linked } = image
  const name = isolated(image.name)
  const foreseen = useDryRun(['delete image', id], (dryRun, signal) => dryRun.images.delete(id, { signal }))
  const action = useAction({
    run: () => restpoint.images.delete(id),
    done: () => {
      close()
      return { title: m.images_deleted({ name }), text: m.images_deleted_next() }
    },
    changes: [keys.images, keys.operations],
  })
  return (
    <Dialog
      title={m.images_delete_title({ name })}
      confirm={m.images_delete_confirm()}
      reason={useReasonAgainst()('admin') ?? reasonOf(foreseen)}
      isFinal
      isRunning={action.isPending}
      request={imageRequests.delete(id)}
      run={() => action.mutate(undefined)}
      close={close}
    >
      <p>{status === 'importing' ? m.images_delete_importing() : m.images_delete_final()}</p>
      {linked && <p>{m.images_delete_linked()}</p>}
      <Frees frees={foreseen.data?.frees} />
      <Blockers foreseen={foreseen} />
    </Dialog>
  )
}
