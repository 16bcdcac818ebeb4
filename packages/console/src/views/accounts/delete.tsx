/** Deleting an account: final, so it says what ends with it. */
import type { Account } from '@restpoint/sdk/source'
import { useAction } from '../../data/action.ts'
import { useReasonAgainst } from '../../data/allowed.ts'
import { useDryRun } from '../../data/dry-run.ts'
import { keys } from '../../data/keys.ts'
import { Dialog } from '../../dialogs/dialog.tsx'
import { Blockers, reasonOf } from '../../dialogs/foreseen.tsx'
import { isolated } from '../../format/isolate.ts'
import { m } from '../../paraglide/messages.js'
import { useRestpoint } from '../../session/client.tsx'
import { accountRequests } from './requests.ts'

export function DeleteAccountDialog({ account, close }: { readonly account: Account; readonly close: () => void }) {
  const restpoint = useRestpoint()
  const { id } = account
  const email = isolated(account.email)
  const foreseen = useDryRun(['delete account', id], (dryRun, signal) => dryRun.accounts.delete(id, { signal }))
  const action = useAction({
    run: () => restpoint.accounts.delete(id),
    done: () => {
      close()
      return { title: m.accounts_deleted({ email }) }
    },
    changes: [keys.accounts],
  })
  return (
    <Dialog
      title={m.accounts_delete_title({ email })}
      confirm={m.accounts_delete_confirm()}
      reason={useReasonAgainst()('admin') ?? reasonOf(foreseen)}
      isFinal
      isRunning={action.isPending}
      request={accountRequests.delete(id)}
      run={() => action.mutate(undefined)}
      close={close}
    >
      <p>{m.accounts_delete_ends()}</p>
      <p>{m.accounts_delete_final()}</p>
      <Blockers foreseen={foreseen} />
    </Dialog>
  )
}
