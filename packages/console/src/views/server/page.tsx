/** `/servers/ID/TAB`: one server. */
import type { ServerDetail } from '@restpoint/sdk/source'
import { RestpointError } from '@restpoint/sdk/source'
import { lazy, Suspense, useEffect, useRef } from 'react'
import { Link, useParams } from 'wouter'
import { useLayers } from '../../data/layers.ts'
import { useServer } from '../../data/servers.ts'
import { useSnapshots } from '../../data/snapshots.ts'
import { loadWhenIdle } from '../../frame/load-when-idle.ts'
import NotFound from '../../frame/not-found.tsx'
import { Page } from '../../frame/page.tsx'
import { m } from '../../paraglide/messages.js'
import { StateDot } from '../../parts/state-dot.tsx'
import { Answered, Loading } from '../../parts/states.tsx'
import { paths, type ServerTab, serverTabs } from '../../paths.ts'
import { FromService } from '../../problems/problem.tsx'
import Overview from './overview/overview.tsx'
import css from './page.module.css'
import { Running } from './running.tsx'
import { ServerActions } from './server-actions.tsx'

const readable = {
  snapshots: () => import('./tabs/snapshots.tsx'),
  activity: () => import('./tabs/activity.tsx'),
  settings: () => import('./tabs/settings.tsx'),
}

/** What one comes for is there with the page; the terminal is loaded when one first goes there. */
const contents: Readonly<Record<ServerTab, React.ComponentType<{ readonly server: ServerDetail }>>> = {
  overview: Overview,
  snapshots: lazy(readable.snapshots),
  terminal: lazy(() => import('./tabs/terminal.tsx')),
  activity: lazy(readable.activity),
  settings: lazy(readable.settings),
}

const labels: Readonly<Record<ServerTab, () => string>> = {
  overview: m.tab_overview,
  snapshots: m.tab_snapshots,
  terminal: m.tab_terminal,
  activity: m.tab_activity,
  settings: m.tab_settings,
}

export default function ServerPage() {
  const { id = '', tab } = useParams()
  const known = serverTabs.find(one => one === tab)
  // What is no id is nobody's server, as in the API.
  if (!known || !/^[1-9]\d{0,15}$/.test(id)) return <NotFound />
  return <KnownServer id={Number(id)} tab={known} />
}

function KnownServer({ id, tab }: { readonly id: number; readonly tab: ServerTab }) {
  useEffect(() => loadWhenIdle(Object.values(readable)), [])
  const query = useServer(id)
  if (query.error instanceof RestpointError && query.error.code === 'not_found') return <NotFound />
  return (
    <>
      {tab === 'overview' && <Early id={id} />}
      <Answered
        query={query}
        loading={
          <Page title={m.loading()}>
            <Loading />
          </Page>
        }
      >
        {server => <Shown server={server} tab={tab} />}
      </Answered>
    </>
  )
}

/** Asks together with the server for what would be asked for after it. */
function Early({ id }: { readonly id: number }) {
  useLayers(id)
  useSnapshots()
  return null
}

function Shown({ server, tab }: { readonly server: ServerDetail; readonly tab: ServerTab }) {
  const Content = contents[tab]
  return (
    <Page title={server.name} aside={<StateDot state={server.status} />} actions={<ServerActions server={server} />}>
      {server.status_reason && (
        <p className={css['reason']}>
          <FromService>{server.status_reason}</FromService>
        </p>
      )}
      <Running server={server} />
      <Tabs id={server.id} shown={tab} />
      <Suspense fallback={<Loading />}>
        <Content server={server} />
      </Suspense>
    </Page>
  )
}

function Tabs({ id, shown }: { readonly id: number; readonly shown: ServerTab }) {
  const nav = useRef<HTMLElement>(null)
  // Where there is no room for all of them.
  useEffect(() => {
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [])
  return (
    <nav ref={nav} aria-label={m.tabs_label()} className={css['tabs']}>
      {serverTabs.map(one => (
        <Link key={one} href={paths.server(id, one)} aria-current={one === shown ? 'page' : undefined}>
          {labels[one]()}
        </Link>
      ))}
    </nav>
  )
}
