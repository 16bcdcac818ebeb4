/** Revoking a token: final, so it says what ends with it. */
import type { Token } from '@restpoint/sdk/source'
import { useAction } from '../../data/action.ts'
import { useReasonAgainst } from '../../data/allowed.ts'
import { useDryRun } from '../../data/dry-run.ts'
import { keys } from '../../data/keys.ts'
import { useMe } from '../../data/me.ts'
import { Dialog } from '../../dialogs/dialog.tsx'
import { Blockers, reasonOf } from '../../dialogs/foreseen.tsx'
import { isolated } from '../../format/isolate.ts'
import { relative } from '../../format/times.ts'
import { language } from '../../language/language.ts'
import { m } from '../../paraglide/messages.js'
import { useNow } from '../../parts/time.tsx'
import { useRestpoint } from '../../session/client.tsx'
import { tokenRequests } from './requests.ts'
import css from './tokens.module.css'

export function RevokeDialog({ token, close }: { readonly token: Token; readonly close: () => void }) {
  const restpoint = useRestpoint()
  const now = useNow()
  const { id, last_used_at } = token
  const name = isolated(token.name)
  // The API does not say which one it is.
  const isPerhapsOwn = useMe().data?.token.name === token.name
  const foreseen = useDryRun(['revoke token', id], (dryRun, signal) => dryRun.tokens.delete(id, { signal }))
  const action = useAction({
    run: () => restpoint.tokens.delete(id),
    done: () => {
      close()
      return { title: m.tokens_revoked({ name }), text: m.tokens_revoked_next() }
    },
    changes: [keys.tokens, keys.me],
  })
  return (
    <Dialog
      title={m.tokens_revoke_title({ name })}
      confirm={m.tokens_revoke_confirm()}
      reason={useReasonAgainst()('tokens:write') ?? reasonOf(foreseen)}
      isFinal
      isRunning={action.isPending}
      request={tokenRequests.revoke(id)}
      run={() => action.mutate(undefined)}
      close={close}
    >
      <ul className={css['points']}>
        <li>{m.tokens_revoke_ends()}</li>
        <li>
          {last_used_at === null
            ? m.tokens_revoke_unused()
            : m.tokens_revoke_used({ when: relative(language(), last_used_at, now) })}
        </li>
        {isPerhapsOwn && <li>{m.tokens_revoke_own()}</li>}
        <li>{m.tokens_revoke_final()}</li>
      </ul>
      <Blockers foreseen={foreseen} />
    </Dialog>
  )
}
