/** Which view stands at which address. Each is loaded when one first goes there. */
import { lazy } from 'react'
import { Redirect, Route, Switch } from 'wouter'
import { paths } from './paths.ts'

const ServerList = lazy(() => import('./views/servers/list.tsx'))
const ServerPage = lazy(() => import('./views/server/page.tsx'))
const NotFound = lazy(() => import('./frame/not-found.tsx'))

export function Routes() {
  return (
    <Switch>
      <Route path="/" component={ServerList} />
      <Route path="/servers/:id">{({ id }) => <Redirect to={paths.server(Number(id))} replace />}</Route>
      <Route path="/servers/:id/:tab" component={ServerPage} />
      <Route component={NotFound} />
    </Switch>
  )
}
