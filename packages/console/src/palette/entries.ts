/** All that the command palette leads to: pages, servers, actions. */
import { useMantineColorScheme } from '@mantine/core'
import { useLocation } from 'wouter'
import { useServers } from '../data/servers.ts'
import { usePlaces } from '../frame/places.ts'
import { themes } from '../frame/themes.ts'
import { chooseLanguage, language, languages } from '../language/language.ts'
import { m } from '../paraglide/messages.js'
import { paths } from '../paths.ts'
import { signOut } from '../session/session.ts'
import { type Command, useOfferedCommands } from './commands.ts'

export interface Group {
  readonly title: string
  readonly commands: readonly Command[]
}

export function useGroups(): readonly Group[] {
  const [, go] = useLocation()
  const { setColorScheme } = useMantineColorScheme()
  const offered = useOfferedCommands()
  const servers = useServers().data ?? []
  const places = usePlaces()
  return [
    {
      title: m.palette_places(),
      commands: places.map(({ path, label }) => ({ id: `place ${path}`, label: label(), run: () => go(path) })),
    },
    {
      title: m.palette_servers(),
      commands: servers.map(({ id, name, hostname }) => ({
        id: `server ${id}`,
        label: name === hostname ? name : `${name} · ${hostname}`,
        run: () => go(paths.server(id)),
      })),
    },
    {
      title: m.palette_actions(),
      commands: [
        ...offered,
        ...themes.map(({ scheme, label }) => ({
          id: `theme ${scheme}`,
          label: `${m.theme()}: ${label()}`,
          run: () => setColorScheme(scheme),
        })),
        ...languages
          .filter(({ code }) => code !== language().code)
          .map(({ code, name }) => ({
            id: `language ${code}`,
            label: `${m.language()}: ${name}`,
            run: () => chooseLanguage(code),
          })),
        { id: 'sign out', label: m.sign_out(), run: () => signOut('signed-out') },
      ],
    },
  ]
}
