/** What can be changed of a server that is there. */
import { Button, Switch, TextInput } from '@mantine/core'
import type { ServerDetail } from '@restpoint/sdk/source'
import { type FormEvent, useState } from 'react'
import { faultOf } from '../../../actions/names.ts'
import { requests } from '../../../actions/requests.ts'
import { useAction } from '../../../data/action.ts'
import { useReasonAgainst } from '../../../data/allowed.ts'
import { keys } from '../../../data/keys.ts'
import { nameInWords } from '../../../dialogs/name-words.ts'
import { FormProblem, fieldErrors } from '../../../forms/errors.tsx'
import { Fields } from '../../../forms/fields.tsx'
import { m } from '../../../paraglide/messages.js'
import { ActionButton } from '../../../parts/action-button.tsx'
import { AsCode } from '../../../parts/as-code.tsx'
import { useRestpoint } from '../../../session/client.tsx'
import { changes, type Settings, settingsOf } from '../settings.ts'
import css from './tabs.module.css'

const fields = ['name', 'hostname', 'location', 'autostart', 'quarantine']

export function SettingsForm({ server }: { readonly server: ServerDetail }) {
  const restpoint = useRestpoint()
  // As it was when one began: what others change meanwhile is not what the reader has typed.
  const [typed, setTyped] = useState<{ readonly before: Settings; readonly wish: Settings }>()
  const [tries, setTries] = useState(0)
  const { before, wish } = typed ?? { before: settingsOf(server), wish: settingsOf(server) }
  const changed = changes(before, wish)
  const isChanged = Object.keys(changed).length > 0
  const fault = faultOf('server', wish.name)
  const action = useAction({
    run: () => restpoint.servers.update(server.id, changed),
    done: () => {
      setTyped(undefined)
      return { title: m.change_saved(), text: m.change_saved_next() }
    },
    changes: [keys.servers],
    isShownInForm: true,
  })
  const told = fieldErrors(action.error)
  const against = useReasonAgainst()('servers:write')
  const type = (change: Partial<Settings>) => setTyped({ before, wish: { ...wish, ...change } })
  const save = (event: FormEvent) => {
    event.preventDefault()
    setTries(tries + 1)
    if (isChanged && !fault && against === undefined && !action.isPending) action.mutate(undefined)
  }
  const hasNetwork = server.network.type !== 'none'
  return (
    <form className={css['form']} onSubmit={save} noValidate>
      <Fields tries={tries} error={action.error}>
        <TextInput
          label={m.servers_name()}
          value={wish.name}
          dir="ltr"
          error={fault ? nameInWords('server', fault) : told('name')}
          onChange={event => type({ name: event.currentTarget.value })}
        />
        <TextInput
          label={m.identity_hostname()}
          description={m.change_next_start()}
          value={wish.hostname}
          dir="ltr"
          error={told('hostname')}
          onChange={event => type({ hostname: event.currentTarget.value })}
        />
        <TextInput
          label={m.change_location()}
          value={wish.location}
          dir="auto"
          error={told('location')}
          onChange={event => type({ location: event.currentTarget.value })}
        />
        <Switch
          label={m.change_autostart()}
          description={m.change_autostart_what()}
          checked={wish.autostart}
          onChange={event => type({ autostart: event.currentTarget.checked })}
        />
        <Switch
          label={m.change_quarantine()}
          description={hasNetwork ? m.change_quarantine_what() : m.change_quarantine_nothing()}
          disabled={!hasNetwork}
          checked={wish.quarantine}
          onChange={event => type({ quarantine: event.currentTarget.checked })}
        />
        <FormProblem error={action.error} fields={fields} />
      </Fields>
      <div className={css['buttons']}>
        <ActionButton
          type="submit"
          reason={against ?? (isChanged ? undefined : m.change_unchanged())}
          loading={action.isPending}
        >
          {m.change_save()}
        </ActionButton>
        {isChanged && (
          <>
            <Button variant="default" onClick={() => setTyped(undefined)}>
              {m.change_reset()}
            </Button>
            <AsCode request={requests.change(server, { ...changed })} />
          </>
        )}
      </div>
    </form>
  )
}
