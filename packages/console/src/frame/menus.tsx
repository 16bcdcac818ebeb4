/** The three menus at the top: language, appearance, account. The first two are there before one is signed in. */
import { ActionIcon, Button, Menu, useMantineColorScheme } from '@mantine/core'
import { useMe } from '../data/me.ts'
import { chooseLanguage, language, languages } from '../language/language.ts'
import { m } from '../paraglide/messages.js'
import { Icon } from '../parts/icon.tsx'
import { documentation } from '../paths.ts'
import { signOut } from '../session/session.ts'
import css from './menus.module.css'
import { themes } from './themes.ts'

/** The place stays: only the words change. */
export function LanguageMenu() {
  const shown = language()
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <Button
          className={css['language']}
          variant="subtle"
          color="gray"
          size="sm"
          leftSection={<Icon name="language" />}
          aria-label={`${m.language()}: ${shown.name}`}
        >
          <span className={css['word']}>{shown.name}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup
          value={shown.code}
          onChange={wanted => {
            const chosen = languages.find(({ code }) => code === wanted)
            if (chosen) chooseLanguage(chosen.code)
          }}
        >
          {languages.map(({ code, name }) => (
            <Menu.RadioItem key={code} value={code} lang={code} closeMenuOnClick>
              {name}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  )
}

export function ThemeMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const chosen = themes.find(({ scheme }) => scheme === colorScheme) ?? themes[0]
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`${m.theme()}: ${chosen?.label()}`}>
          <Icon name={chosen?.icon ?? 'system'} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup
          value={colorScheme}
          onChange={wanted => {
            const chosen = themes.find(({ scheme }) => scheme === wanted)
            if (chosen) setColorScheme(chosen.scheme)
          }}
        >
          {themes.map(({ scheme, label }) => (
            <Menu.RadioItem key={scheme} value={scheme} closeMenuOnClick>
              {label()}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  )
}

export function AccountMenu() {
  const me = useMe().data
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={m.account()}>
          <Icon name="account" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {me && (
          <Menu.Label>
            <bdi>{me.account.email}</bdi>
            <br />
            {m.account_token()} <bdi>{me.token.name}</bdi>
          </Menu.Label>
        )}
        <Menu.Item component="a" href={documentation.home(language().code)} leftSection={<Icon name="documentation" />}>
          {m.documentation()}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={() => signOut('signed-out')}>{m.sign_out()}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
