/** From entries to requests: each on every route that it applies to. */
import type { Body, Entry } from './entry.ts'
import type { RawRequest } from './raw.ts'
import { allRoutes, type BodyKind, documentedRoutes, methodsOf, type Route } from './routes.ts'

/** Real things, so that whatever is wrongly let through has something to hit. */
export interface Targets {
  readonly serverId: number
  readonly snapshotId: number
  readonly operationId: number
  readonly tokenId: number
  /** Placeholder → what to put there; `{token}` is the right one. */
  readonly secrets: Readonly<Record<string, string>>
  /** Null: only what is documented is there. */
  readonly imageId: number | null
  /** That the service listens on. */
  readonly port: string
}

export const NOBODY = 2147483647
/** What belongs to the host has a first one everywhere. */
const FIRST = 1

const BASE = '/api/v1'
const JSON_TYPE = 'Content-Type: application/json'
/** Needs no token → the method that it has. */
const PUBLIC = { '/healthz': 'GET', '/readyz': 'GET', '/openapi.json': 'GET', '/api/v1/sign-in/': 'POST' }

export function requestsFor(entry: Entry, targets: Targets): RawRequest[] {
  const isOurs = targets.imageId !== null
  const routes = isOurs ? allRoutes : documentedRoutes
  const authorized = [`Authorization: Bearer ${targets.secrets['{token}']}`]
  const aimedBy = (route: Route, headers: readonly string[], more: Aim = {}) => aimed(route, targets, headers, more)

  switch (entry.where) {
    case 'path id':
      return routes
        .filter(({ of }) => of)
        .map(route => aimedBy(route, authorized, { id: entry.text.replaceAll('{id}', String(idOf(route, targets))) }))
    case 'field':
    case 'own field': {
      const route = routes.find(({ body }) => body === entry.of)
      if (!route || (entry.where === 'own field' && !isOurs)) return []
      const json = entry.json.replaceAll('{id}', String(targets.serverId)).replaceAll('{port}', targets.port)
      return [aimedBy(route, authorized, { bytes: rightBody(entry.of, targets, { [entry.field]: json }) })]
    }
    case 'body':
      return routes
        .filter(route => takes(route, entry, isOurs))
        .map(route => bodyRequest(entry, route, targets, authorized))
    case 'query': {
      const route = routes.find(({ method, path }) => method === entry.method && path === entry.path)
      return route && (isOurs || !entry.isOwn)
        ? [aimedBy(route, authorized, { query: place(entry.query, targets) })]
        : []
    }
    case 'account query':
      return isOurs ? routes.map(route => aimedBy(route, authorized, { query: `account_id=${entry.text}` })) : []
    case 'dry run query':
      return isOurs
        ? routes
            .filter(({ method }) => method === 'POST' || method === 'DELETE')
            .map(route => aimedBy(route, authorized, { query: entry.query }))
        : []
    case 'header':
      return routes
        .filter(({ method }) => method === 'POST')
        .map(route => aimedBy(route, [...authorized, ...entry.headers], nowhere(route, targets)))
    case 'authorization':
      return routes.map(route => {
        const headers = entry.headers.map(line => fill(line, targets.secrets))
        return aimedBy(route, headers, entry.query ? { query: fill(entry.query, targets.secrets) } : {})
      })
    case 'foreign token': {
      const foreign = targets.secrets['{foreign}']
      if (foreign === undefined) return []
      // Of what belongs to the host nothing is anybody's.
      const names = ({ of, body }: Route) => (of !== undefined && of !== 'host') || body === 'snapshot'
      return routes.filter(names).map(route => aimedBy(route, [`Authorization: Bearer ${foreign}`]))
    }
    case 'method': {
      const paths = [...new Set(routes.map(({ path }) => path))].filter(path => !methodsOf(path).has(entry.method))
      const targetOf = (path: string) => {
        const route = routes.find(one => one.path === path) as Route
        return BASE + path.replace('{id}', String(idOf(route, targets)))
      }
      const others = Object.entries(PUBLIC).filter(([, method]) => method !== entry.method)
      const own = isOurs ? others.map(([target]) => target) : []
      return [...paths.map(targetOf), ...own].map(target => ({ method: entry.method, target, headers: authorized }))
    }
    case 'line': {
      const { method, target, version, headers = [], bytes } = entry
      return [
        {
          method,
          target: place(target, targets),
          headers: [...authorized, ...headers],
          ...(version === undefined ? {} : { version }),
          ...(bytes === undefined ? {} : { bytes: Buffer.from(bytes) }),
        },
      ]
    }
  }
}

interface Aim {
  readonly id?: string
  readonly query?: string
  readonly bytes?: string
}

/** A right request, but for what is said otherwise. */
function aimed(route: Route, targets: Targets, headers: readonly string[], more: Aim): RawRequest {
  const { method, path, body } = route
  const id = more.id ?? String(idOf(route, targets))
  const target = `${BASE}${path.replaceAll('{id}', id)}${more.query === undefined ? '' : `?${more.query}`}`
  const text = more.bytes ?? (body === undefined ? undefined : rightBody(body, targets))
  if (text === undefined) return { method, target, headers }
  const bytes = Buffer.from(text)
  return { method, target, headers: [...headers, JSON_TYPE, `Content-Length: ${bytes.length}`], bytes }
}

function idOf({ of }: Route, targets: Targets): number {
  return of === undefined || of === 'host' ? FIRST : targets[of]
}

/** So that nothing happens, whatever is made of the rest. */
function nowhere({ of, body }: Route, targets: Targets): Aim {
  if (of !== undefined) return { id: String(NOBODY) }
  return { bytes: body === 'snapshot' ? rightBody('snapshot', { ...targets, serverId: NOBODY }) : '{}' }
}

/** Right, but for what is put into it. */
function rightBody(of: BodyKind, targets: Targets, wrong: Readonly<Record<string, string>> = {}): string {
  const { serverId, snapshotId, imageId } = targets
  const right: Readonly<Record<BodyKind, Readonly<Record<string, string>>>> = {
    snapshot: { server_id: String(serverId), name: '"corpus"' },
    token: { name: '"corpus"', permissions: '["servers:read"]' },
    server: { name: '"corpus"', image_id: String(imageId), plan: '{"vcpus":1,"memory":64,"storage":1}' },
    clone: { name: '"corpus"', snapshot_id: String(snapshotId) },
    change: {},
    exec: { program: '"/bin/true"' },
    image: { name: '"corpus"', path: '"/nowhere/corpus.raw"', format: '"raw"' },
    account: { email: '"corpus@example.com"' },
    'account change': {},
  }
  const fields = Object.entries({ ...right[of], ...wrong })
  return `{${fields.map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(',')}}`
}

/** Where nothing has to be given, what gives nothing is right; where nothing is looked at, so is all that can be read. */
function takes({ body, ignoresBody }: Route, entry: Body, isOurs: boolean): boolean {
  if (ignoresBody) return isOurs && entry.isUnreadable === true
  if (body === 'change' || body === 'account change') return entry.isNothing !== true
  return body !== undefined
}

function bodyRequest(entry: Body, route: Route, targets: Targets, authorized: readonly string[]): RawRequest {
  // Byte by byte: some of it is no text.
  const bytes = Buffer.from(place(Buffer.from(entry.bytes).toString('latin1'), targets), 'latin1')
  const headers = [
    ...authorized,
    ...(entry.type === null ? [] : [`Content-Type: ${entry.type}`]),
    ...(entry.headers ?? []),
  ]
  const request = { ...aimed(route, targets, headers, { bytes: '' }), bytes, headers }
  if (!entry.chunked) return { ...request, headers: [...headers, `Content-Length: ${entry.declared ?? bytes.length}`] }
  const chunk = Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n0\r\n\r\n')])
  return { ...request, headers: [...headers, 'Transfer-Encoding: chunked'], bytes: chunk }
}

function place(text: string, { serverId, snapshotId }: Targets): string {
  return text.replaceAll('{server}', String(serverId)).replaceAll('{snapshot}', String(snapshotId))
}

function fill(text: string, secrets: Readonly<Record<string, string>>): string {
  return text.replace(/\{[a-z]+\}/g, placeholder => secrets[placeholder] ?? placeholder)
}
