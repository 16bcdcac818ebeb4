/** Whose token it is and what it may do, and how the console looks. */
import { Button, useMantineColorScheme } from '@mantine/core'
import type { Me } from '@restpoint/sdk/source'
import { type ReactNode, useId } from 'react'
import { useMe } from '../../data/me.ts'
import { Page } from '../../frame/page.tsx'
import { themes } from '../../frame/themes.ts'
import { chooseLanguage, language, languages } from '../../language/language.ts'
import { m } from '../../paraglide/messages.js'
import { AsCode } from '../../parts/as-code.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Answered, Loading } from '../../parts/states.tsx'
import { Day } from '../../parts/time.tsx'
import { signOut } from '../../session/session.ts'
import { permissionInWords } from '../tokens/permissions.ts'
import css from './settings.module.css'

export default function Settings() {
  return (
    <Page
      title={m.settings_title()}
      actions={<AsCode request={{ method: 'GET', path: '/api/v1/account/me/', cli: 'restpoint account show' }} />}
    >
      <Answered query={useMe()} loading={<Loading rows={3} />}>
        {me => <Signed me={me} />}
      </Answered>
      <Appearance />
    </Page>
  )
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const id = useId()
  return (
    <section className={css['part']} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  )
}

function Signed({ me: { account, token } }: { readonly me: Me }) {
  const person = `${account.first_name} ${account.last_name}`.trim()
  return (
    <>
      <Part title={m.settings_account()}>
        <Facts
          facts={[
            [m.settings_email(), <bdi key="email">{account.email}</bdi>],
            [m.settings_person(), person === '' ? null : <bdi key="person">{person}</bdi>],
            [
              m.settings_company(),
              account.company_name === '' ? null : <bdi key="company">{account.company_name}</bdi>,
            ],
            [m.settings_since(), <Day key="since" on={account.created_at} />],
          ]}
        />
      </Part>
      <Part title={m.settings_token()}>
        <Facts
          facts={[
            [m.settings_token_name(), <bdi key="name">{token.name}</bdi>],
            [m.settings_token_may(), <Permissions key="may" permissions={token.permissions} />],
          ]}
        />
        <p className="dim">{m.settings_token_kept()}</p>
        <Button variant="default" onClick={() => signOut('signed-out')}>
          {m.sign_out()}
        </Button>
      </Part>
    </>
  )
}

function Permissions({ permissions }: Pick<Me['token'], 'permissions'>) {
  return (
    <ul className={css['permissions']}>
      {permissions.map(permission => (
        <li key={permission}>
          <bdi dir="ltr">
            <code>{permission}</code>
          </bdi>
          <span>{permissionInWords(permission)}</span>
        </li>
      ))}
    </ul>
  )
}

function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Part title={m.settings_appearance()}>
      <Choices legend={m.theme()}>
        {themes.map(({ scheme, label }) => (
          <label key={scheme} className={css['choice']}>
            <input type="radio" name="theme" checked={scheme === colorScheme} onChange={() => setColorScheme(scheme)} />
            {label()}
          </label>
        ))}
      </Choices>
      <Choices legend={m.language()}>
        {languages.map(({ code, name }) => (
          <label key={code} className={css['choice']} lang={code}>
            <input
              type="radio"
              name="language"
              checked={code === language().code}
              onChange={() => chooseLanguage(code)}
            />
            {name}
          </label>
        ))}
      </Choices>
    </Part>
  )
}

function Choices({ legend, children }: { readonly legend: string; readonly children: ReactNode }) {
  return (
    <fieldset className={css['choices']}>
      <legend>{legend}</legend>
      {children}
    </fieldset>
  )
}
