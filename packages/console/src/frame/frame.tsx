/** What is around every view: the top, the side – a drawer where it is narrow –, and what the service has to say. */
import { ActionIcon, Button, Drawer } from '@mantine/core'
import { type ReactNode, Suspense, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { Palette } from '../palette/palette.tsx'
import { m } from '../paraglide/messages.js'
import { Icon } from '../parts/icon.tsx'
import { Loading } from '../parts/states.tsx'
import { paths } from '../paths.ts'
import { Boundary } from './boundary.tsx'
import css from './frame.module.css'
import { AccountMenu, LanguageMenu, ThemeMenu } from './menus.tsx'
import { OfflineBar } from './offline-bar.tsx'
import { usePlaces } from './places.ts'

/** As the keyboard of the machine in front has it. */
const KEYS = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘ K' : 'Ctrl K'

export function Frame({ children }: { readonly children: ReactNode }) {
  const [isMenuOpen, setIsMenuOpen] = useState(false)
  const [isPaletteOpen, setIsPaletteOpen] = useState(false)
  const [location] = useLocation()
  return (
    <>
      <a className={css['skip']} href="#content">
        {m.skip()}
      </a>
      <header className={css['top']}>
        <ActionIcon
          className={css['menu']}
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={m.menu()}
          aria-expanded={isMenuOpen}
          onClick={() => setIsMenuOpen(true)}
        >
          <Icon name="menu" />
        </ActionIcon>
        <Link href={paths.servers()} className={css['brand']} translate="no">
          Restpoint
        </Link>
        <Button
          className={css['search']}
          variant="default"
          size="sm"
          leftSection={<Icon name="search" />}
          rightSection={<span aria-hidden className={css['keys']} data-keys={KEYS} />}
          aria-keyshortcuts="Control+K Meta+K"
          onClick={() => setIsPaletteOpen(true)}
        >
          <span className={css['word']}>{m.palette_open()}</span>
        </Button>
        <div className={css['tools']}>
          <LanguageMenu />
          <ThemeMenu />
          <AccountMenu />
        </div>
      </header>
      <OfflineBar />
      <div className={css['body']}>
        <nav aria-label={m.navigation()} className={css['side']}>
          <Places />
        </nav>
        <main id="content" tabIndex={-1} className={css['main']}>
          {/* A view that fails leaves the way to the others open. */}
          <Boundary place={location}>
            <Suspense fallback={<Loading />}>{children}</Suspense>
          </Boundary>
        </main>
      </div>
      <Drawer
        opened={isMenuOpen}
        onClose={() => setIsMenuOpen(false)}
        size={280}
        title={m.menu()}
        closeButtonProps={{ 'aria-label': m.close() }}
      >
        <nav aria-label={m.navigation()}>
          <Places onGo={() => setIsMenuOpen(false)} />
        </nav>
      </Drawer>
      <Palette isOpen={isPaletteOpen} setIsOpen={setIsPaletteOpen} />
    </>
  )
}

function Places({ onGo }: { readonly onGo?: () => void }) {
  const [location] = useLocation()
  return (
    <ul className={css['places']}>
      {usePlaces().map(({ path, label, icon, has }) => (
        <li key={path}>
          <Link href={path} aria-current={has(location) ? 'page' : undefined} onClick={onGo}>
            <Icon name={icon} />
            {label()}
          </Link>
        </li>
      ))}
    </ul>
  )
}
