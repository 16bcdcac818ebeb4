/** Everything that is around the views: language, direction, theme, session. */
import { DirectionProvider, localStorageColorSchemeManager, MantineProvider } from '@mantine/core'
import { Router } from 'wouter'
import { Boundary } from './frame/boundary.tsx'
import { Frame } from './frame/frame.tsx'
import { useLanguage } from './language/language.ts'
import { Notices } from './notices/notices.tsx'
import { Routes } from './routes.tsx'
import { ClientProvider } from './session/client.tsx'
import { useSession } from './session/session.ts'
import { SignIn } from './session/sign-in.tsx'
import { theme } from './theme.ts'

/** The documentation has it under the same key. */
const colorSchemes = localStorageColorSchemeManager({ key: 'restpoint.theme' })

/** Of this page: style elements without it do nothing. */
export function nonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''
}

export function App() {
  const { code, dir } = useLanguage()
  const session = useSession()
  return (
    <DirectionProvider key={code} initialDirection={dir} detectDirection={false}>
      <MantineProvider theme={theme} defaultColorScheme="auto" colorSchemeManager={colorSchemes} getStyleNonce={nonce}>
        <Boundary place={code}>
          <Router base="/console">
            {session.token === undefined ? (
              <SignIn why={session.why} />
            ) : (
              <ClientProvider key={session.token} token={session.token}>
                <Frame>
                  <Routes />
                </Frame>
                <Notices />
              </ClientProvider>
            )}
          </Router>
        </Boundary>
      </MantineProvider>
    </DirectionProvider>
  )
}
