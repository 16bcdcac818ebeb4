/** Making an account and its first token, whose secret is shown when it is made. */
import { TextInput } from '@mantine/core'
import type { Body, NewAccount } from '@restpoint/sdk/source'
import { useState } from 'react'
import { useAction } from '../../data/action.ts'
import { useReasonAgainst } from '../../data/allowed.ts'
import { keys } from '../../data/keys.ts'
import type { Permission } from '../../data/me.ts'
import { Dialog } from '../../dialogs/dialog.tsx'
import { FormProblem, fieldErrors } from '../../forms/errors.tsx'
import { Fields } from '../../forms/fields.tsx'
import { m } from '../../paraglide/messages.js'
import { useRestpoint } from '../../session/client.tsx'
import { PermissionChoice } from '../tokens/permission-choice.tsx'
import { permissions as allPermissions } from '../tokens/permissions.ts'
import { areNames, NameFields, noNames } from './names.tsx'
import { changesOf, noQuota } from './quota.ts'
import { QuotaFields } from './quota-fields.tsx'
import { accountRequests } from './requests.ts'

const LONGEST_EMAIL = 254
/** All but what makes an administrator of the host. */
const usual: readonly Permission[] = allPermissions.filter(permission => permission !== 'admin')
const fields = ['email', 'first_name', 'last_name', 'company_name', 'quota', 'permissions']

interface CreateAccountDialogProps {
  readonly made: (account: NewAccount) => void
  readonly close: () => void
}

export function CreateAccountDialog({ made, close }: CreateAccountDialogProps) {
  const restpoint = useRestpoint()
  const [email, setEmail] = useState('')
  const [names, setNames] = useState(noNames)
  const [typed, setTyped] = useState(noQuota)
  const [permissions, setPermissions] = useState(usual)
  const [tries, setTries] = useState(0)
  const action = useAction({
    run: (body: Body<'createAccount'>) => restpoint.accounts.create(body),
    done: account => {
      made(account)
      return undefined
    },
    changes: [keys.accounts],
    isShownInForm: true,
  })
  const told = fieldErrors(action.error)
  const emailFault = isEmail(email) ? undefined : m.accounts_email_fault()
  const noPermission = permissions.length === 0 ? m.tokens_permissions_none() : undefined
  const quota = changesOf(typed, noQuota)
  const isWhole = !emailFault && !noPermission && quota !== undefined && areNames(names)
  const body: Body<'createAccount'> = {
    email,
    ...names,
    permissions: [...permissions],
    ...(quota && Object.keys(quota).length > 0 ? { quota } : {}),
  }
  return (
    <Dialog
      title={m.accounts_create_title()}
      confirm={m.accounts_create_confirm()}
      reason={useReasonAgainst()('admin')}
      isRunning={action.isPending}
      request={accountRequests.create(body)}
      run={() => {
        setTries(tries + 1)
        if (isWhole) action.mutate(body)
      }}
      close={close}
    >
      <Fields tries={tries} error={action.error}>
        <TextInput
          data-autofocus
          type="email"
          label={m.accounts_email()}
          description={m.accounts_email_hint()}
          value={email}
          error={(tries > 0 ? emailFault : undefined) ?? told('email')}
          dir="ltr"
          autoComplete="off"
          onChange={event => setEmail(event.currentTarget.value)}
        />
        <NameFields names={names} told={told} change={setNames} />
        <QuotaFields typed={typed} fault={told('quota')} change={setTyped} />
        <PermissionChoice
          label={m.accounts_first_token_may()}
          chosen={permissions}
          fault={(tries > 0 ? noPermission : undefined) ?? told('permissions')}
          change={setPermissions}
        />
        <FormProblem error={action.error} fields={fields} />
      </Fields>
    </Dialog>
  )
}

function isEmail(email: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(email) && email.length <= LONGEST_EMAIL
}
