/** Which view stands at which address. Each is loaded when one first goes there. */
import { lazy } from 'react'
import { Redirect, Route, Switch } from 'wouter'
import { paths } from './paths.ts'

const ServerList = lazy(() => import('./views/servers/list.tsx'))
const ServerPage = lazy(() => import('./views/server/page.tsx'))
const NewServer = lazy(() => import('./views/new-server/page.tsx'))
const SnapshotList = lazy(() => import('./views/snapshots/snapshots.tsx'))
const OperationList = lazy(() => import('./views/operations/operations.tsx'))
const ImageList = lazy(() => import('./views/images/images.tsx'))
const TokenList = lazy(() => import('./views/tokens/tokens.tsx'))
const AccountList = lazy(() => import('./views/accounts/accounts.tsx'))
const Settings = lazy(() => import('./views/settings/settings.tsx'))
const NotFound = lazy(() => import('./frame/not-found.tsx'))

export function Routes() {
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
