/** Every route there is, and what a right request to it looks like: the corpus is sent to all of them. */
export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** Bodies that make or change something, by what they are of. */
export type BodyKind =
  | 'snapshot'
  | 'token'
  | 'server'
  | 'clone'
  | 'change'
  | 'exec'
  | 'image'
  | 'account'
  | 'account change'

export interface Route {
  readonly method: Method
  /** Below /api/v1; `{id}` stands for the id of a real thing, wherever it is. */
  readonly path: string
  readonly of?: 'snapshotId' | 'serverId' | 'operationId' | 'tokenId' | 'host'
  /** Which body goes with it, where nothing is looked for without one. */
  readonly body?: BodyKind
  /** It pages. */
  readonly isList?: boolean
  /** It takes a body and looks at nothing in it. */
  readonly ignoresBody?: boolean
}

/** What every service of this contract has. */
export const documentedRoutes: readonly Route[] = [
  { method: 'GET', path: '/snapshots/', isList: true },
  { method: 'POST', path: '/snapshots/', body: 'snapshot' },
  { method: 'GET', path: '/snapshots/{id}/', of: 'snapshotId' },
  { method: 'DELETE', path: '/snapshots/{id}/', of: 'snapshotId' },
  { method: 'POST', path: '/snapshots/{id}/restore/', of: 'snapshotId', ignoresBody: true },
  { method: 'GET', path: '/servers/', isList: true },
  { method: 'GET', path: '/servers/{id}/', of: 'serverId' },
  { method: 'GET', path: '/servers/{id}/layers/', of: 'serverId' },
  { method: 'POST', path: '/servers/{id}/start/', of: 'serverId', ignoresBody: true },
  { method: 'POST', path: '/servers/{id}/stop/', of: 'serverId', ignoresBody: true },
  { method: 'POST', path: '/servers/{id}/reboot/', of: 'serverId', ignoresBody: true },
  { method: 'POST', path: '/servers/{id}/undo/', of: 'serverId', ignoresBody: true },
  { method: 'GET', path: '/operations/', isList: true },
  { method: 'GET', path: '/operations/{id}/', of: 'operationId' },
  { method: 'GET', path: '/tokens/', isList: true },
  { method: 'POST', path: '/tokens/', body: 'token' },
  { method: 'DELETE', path: '/tokens/{id}/', of: 'tokenId' },
  { method: 'GET', path: '/account/me/' },
]

/** What is here besides: servers are made, and the host's administrators have images and accounts. */
export const ownRoutes: readonly Route[] = [
  { method: 'POST', path: '/servers/', body: 'server' },
  { method: 'PATCH', path: '/servers/{id}/', of: 'serverId', body: 'change' },
  { method: 'DELETE', path: '/servers/{id}/', of: 'serverId' },
  { method: 'POST', path: '/servers/{id}/clone/', of: 'serverId', body: 'clone' },
  { method: 'GET', path: '/events/' },
  { method: 'POST', path: '/servers/{id}/exec/', of: 'serverId', body: 'exec' },
  { method: 'GET', path: '/servers/{id}/exec/{id}/', of: 'serverId' },
  { method: 'POST', path: '/servers/{id}/terminal/', of: 'serverId', ignoresBody: true },
  { method: 'GET', path: '/images/', isList: true },
  { method: 'POST', path: '/images/', body: 'image' },
  { method: 'GET', path: '/images/{id}/', of: 'host' },
  { method: 'DELETE', path: '/images/{id}/', of: 'host' },
  { method: 'GET', path: '/accounts/', isList: true },
  { method: 'POST', path: '/accounts/', body: 'account' },
  { method: 'GET', path: '/accounts/{id}/', of: 'host' },
  { method: 'PATCH', path: '/accounts/{id}/', of: 'host', body: 'account change' },
  { method: 'DELETE', path: '/accounts/{id}/', of: 'host' },
]

export const allRoutes: readonly Route[] = [...documentedRoutes, ...ownRoutes]

/** Tried on a path that does not have them. */
export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

export function methodsOf(path: string): ReadonlySet<string> {
  return new Set(allRoutes.filter(route => route.path === path).map(({ method }) => method))
}
