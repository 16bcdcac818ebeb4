/** Making a token: what for, what it may do, when it ends. Its secret is shown when it is made. */
import { NativeSelect, TextInput } from '@mantine/core'
import type { Body, NewToken } from '@restpoint/sdk/source'
import { useState } from 'react'
import { useAction } from '../../data/action.ts'
import { useReasonAgainst } from '../../data/allowed.ts'
import { keys } from '../../data/keys.ts'
import { type Permission, useMay } from '../../data/me.ts'
import { useOwnToken } from '../../data/tokens.ts'
import { Dialog } from '../../dialogs/dialog.tsx'
import { number } from '../../format/numbers.ts'
import { exact } from '../../format/times.ts'
import { FormProblem, fieldErrors } from '../../forms/errors.tsx'
import { Fields } from '../../forms/fields.tsx'
import { language } from '../../language/language.ts'
import { m } from '../../paraglide/messages.js'
import { useNow } from '../../parts/time.tsx'
import { useRestpoint } from '../../session/client.tsx'
import { endOf, type Life, livesWithin } from './expiry.ts'
import { PermissionChoice } from './permission-choice.tsx'
import { tokenRequests } from './requests.ts'

const LONGEST_NAME = 100
/** What most programs need. */
const usual: readonly Permission[] = ['servers:read', 'snapshots:read', 'snapshots:write']
const fields = ['name', 'permissions', 'expires_at']

interface CreateTokenDialogProps {
  readonly made: (token: NewToken) => void
  readonly close: () => void
}

export function CreateTokenDialog({ made, close }: CreateTokenDialogProps) {
  const restpoint = useRestpoint()
  const may = useMay()
  const now = useNow()
  const ownEnd = useOwnToken()?.expires_at ?? null
  const offered = livesWithin(ownEnd, now)
  const [name, setName] = useState('')
  const [permissions, setPermissions] = useState(() => usual.filter(permission => may(permission) !== false))
  const [life, setLife] = useState<Life>(() => offered.find(one => one === '90') ?? offered[0] ?? 'day')
  const [day, setDay] = useState('')
  const [tries, setTries] = useState(0)
  const action = useAction({
    run: (body: Body<'createToken'>) => restpoint.tokens.create(body),
    done: token => {
      made(token)
      return undefined
    },
    changes: [keys.tokens],
    isShownInForm: true,
  })
  const told = fieldErrors(action.error)
  const end = endOf(life, day, ownEnd, now)
  const faults = {
    name: faultOfName(name),
    permissions: permissions.length === 0 ? m.tokens_permissions_none() : undefined,
    end: end === null ? m.tokens_end_past() : undefined,
  }
  const body = { name, permissions, ...(end ? { expires_at: end } : {}) }
  return (
    <Dialog
      title={m.tokens_create_title()}
      confirm={m.tokens_create_confirm()}
      reason={useReasonAgainst()('tokens:write')}
      isRunning={action.isPending}
      request={tokenRequests.create(body)}
      run={() => {
        setTries(tries + 1)
        if (Object.values(faults).every(fault => fault === undefined)) action.mutate(body)
      }}
      close={close}
    >
      <Fields tries={tries} error={action.error}>
        <TextInput
          data-autofocus
          label={m.tokens_name()}
          description={m.tokens_name_hint()}
          value={name}
          error={(name !== '' || tries > 0 ? faults.name : undefined) ?? told('name')}
          dir="auto"
          autoComplete="off"
          onChange={event => setName(event.currentTarget.value)}
        />
        <PermissionChoice
          label={m.tokens_permissions()}
          chosen={permissions}
          fault={(tries > 0 ? faults.permissions : undefined) ?? told('permissions')}
          change={setPermissions}
        />
        <NativeSelect
          label={m.tokens_end()}
          description={ownEnd === null ? undefined : m.tokens_end_own({ time: exact(language(), ownEnd) })}
          value={life}
          data={offered.map(value => ({ value, label: lifeInWords(value) }))}
          error={life === 'day' ? undefined : told('expires_at')}
          onChange={event => setLife(offered.find(one => one === event.currentTarget.value) ?? 'day')}
        />
        {life === 'day' && (
          <TextInput
            type="datetime-local"
            label={m.tokens_end_day()}
            value={day}
            error={(day !== '' || tries > 0 ? faults.end : undefined) ?? told('expires_at')}
            onChange={event => setDay(event.currentTarget.value)}
          />
        )}
        <FormProblem error={action.error} fields={fields} />
      </Fields>
    </Dialog>
  )
}

function faultOfName(name: string): string | undefined {
  if (name === '') return m.tokens_name_empty()
  // As the service counts: a sign that takes two places in memory is one.
  return [...name].length > LONGEST_NAME ? m.form_too_long({ n: number(language(), LONGEST_NAME) }) : undefined
}

function lifeInWords(life: Life): string {
  if (life === 'never') return m.tokens_end_never()
  if (life === 'own') return m.tokens_end_with_own()
  if (life === 'day') return m.tokens_end_choose()
  return m.tokens_end_days({ count: Number(life), n: number(language(), Number(life)) })
}
