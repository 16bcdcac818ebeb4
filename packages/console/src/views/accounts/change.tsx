/** Changing whose account it is and what it may use. */
import type { AccountDetail, Body } from '@restpoint/sdk/source'
import { useState } from 'react'
import { useAccount } from '../../data/accounts.ts'
import { useAction } from '../../data/action.ts'
import { useReasonAgainst } from '../../data/allowed.ts'
import { keys } from '../../data/keys.ts'
import { Dialog } from '../../dialogs/dialog.tsx'
import { isolated } from '../../format/isolate.ts'
import { FormProblem, fieldErrors } from '../../forms/errors.tsx'
import { Fields } from '../../forms/fields.tsx'
import { m } from '../../paraglide/messages.js'
import { useRestpoint } from '../../session/client.tsx'
import { areNames, NameFields, type Names } from './names.tsx'
import { changesOf, typedOf } from './quota.ts'
import { QuotaFields } from './quota-fields.tsx'
import { accountRequests } from './requests.ts'

const fields = ['first_name', 'last_name', 'company_name', 'quota']

interface ChangeAccountDialogProps {
  /** As it was when one began: what others change meanwhile is not what the reader has typed. */
  readonly account: Omit<AccountDetail, 'usage'>
  readonly close: () => void
}

export function ChangeAccountDialog({ account, close }: ChangeAccountDialogProps) {
  const restpoint = useRestpoint()
  const { id } = account
  const [before] = useState(() => ({ names: namesOf(account), quota: typedOf(account.quota) }))
  const [names, setNames] = useState(before.names)
  const [typed, setTyped] = useState(before.quota)
  const [tries, setTries] = useState(0)
  const usage = useAccount(id).data?.usage
  const action = useAction({
    run: (body: Body<'updateAccount'>) => restpoint.accounts.update(id, body),
    done: ({ email }) => {
      close()
      return { title: m.accounts_changed({ email: isolated(email) }) }
    },
    changes: [keys.accounts, keys.me],
    isShownInForm: true,
  })
  const told = fieldErrors(action.error)
  const quota = changesOf(typed, before.quota)
  const body: Body<'updateAccount'> = {
    ...changedNames(names, before.names),
    ...(quota && Object.keys(quota).length > 0 ? { quota } : {}),
  }
  return (
    <Dialog
      title={m.accounts_change_title({ email: isolated(account.email) })}
      confirm={m.accounts_change_confirm()}
      reason={useReasonAgainst()('admin')}
      isRunning={action.isPending}
      request={accountRequests.change(id, body)}
      run={() => {
        setTries(tries + 1)
        if (quota !== undefined && areNames(names)) action.mutate(body)
      }}
      close={close}
    >
      <Fields tries={tries} error={action.error}>
        <NameFields names={names} told={told} change={setNames} />
        <QuotaFields typed={typed} usage={usage} fault={told('quota')} change={setTyped} />
        <p>{m.accounts_quota_less()}</p>
        <FormProblem error={action.error} fields={fields} />
      </Fields>
    </Dialog>
  )
}

function namesOf({ first_name, last_name, company_name }: Names): Names {
  return { first_name, last_name, company_name }
}

function changedNames(names: Names, before: Names): Partial<Names> {
  const changed = (Object.keys(names) as (keyof Names)[]).filter(name => names[name] !== before[name])
  return Object.fromEntries(changed.map(name => [name, names[name]]))
}
