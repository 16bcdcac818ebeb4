/** Which view stands at which address. Each is loaded when one first goes there, or before, when nothing else is to do. */
import { lazy, useEffect } from 'react'
import { Redirect, Route, Switch } from 'wouter'
import { loadWhenIdle } from './frame/load-when-idle.ts'
import { paths } from './paths.ts'

const views = {
  servers: () => import('./views/servers/list.tsx'),
  server: () => import('./views/server/page.tsx'),
  newServer: () => import('./views/new-server/page.tsx'),
  snapshots: () => import('./views/snapshots/snapshots.tsx'),
  operations: () => import('./views/operations/operations.tsx'),
  images: () => import('./views/images/images.tsx'),
  tokens: () => import('./views/tokens/tokens.tsx'),
  accounts: () => import('./views/accounts/accounts.tsx'),
  settings: () => import('./views/settings/settings.tsx'),
  notFound: () => import('./frame/not-found.tsx'),
}

const ServerList = lazy(views.servers)
const ServerPage = lazy(views.server)
const NewServer = lazy(views.newServer)
const SnapshotList = lazy(views.snapshots)
const OperationList = lazy(views.operations)
const ImageList = lazy(views.images)
const TokenList = lazy(views.tokens)
const AccountList = lazy(views.accounts)
const Settings = lazy(views.settings)
const NotFound = lazy(views.notFound)

export function Routes() {
  useEffect(() => loadWhenIdle(Object.values(views)), [])
  return (
    <Switch>
      <Route path="/" component={ServerList} />
      <Route path="/servers/new" component={NewServer} />
      <Route path="/servers/:id">{({ id }) => <Redirect to={paths.server(Number(id))} replace />}</Route>
      <Route path="/servers/:id/:tab" component={ServerPage} />
      <Route path={paths.snapshots()} component={SnapshotList} />
      <Route path={paths.operations()} component={OperationList} />
      <Route path={paths.images()} component={ImageList} />
      <Route path={paths.tokens()} component={TokenList} />
      <Route path={paths.accounts()} component={AccountList} />
      <Route path={paths.settings()} component={Settings} />
      <Route component={NotFound} />
    </Switch>
  )
}
