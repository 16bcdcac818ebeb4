/** From entries to requests: each on every route that it applies to. */
import type { Body, Entry, ServerField } from './entry.ts'
import type { RawRequest } from './raw.ts'

/** Real things, so that whatever is wrongly let through has something to hit. */
export interface Targets {
  readonly serverId: number
  readonly snapshotId: number
  readonly operationId: number
  readonly tokenId: number
  /** Placeholder → what to put there; `{token}` is the right one. */
  readonly secrets: Readonly<Record<string, string>>
  /** Null: servers are not made here. */
  readonly imageId: number | null
  /** That the service listens on. */
  readonly port: string
}

interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly of?: 'snapshotId' | 'serverId' | 'operationId' | 'tokenId'
  /** Which right body goes with it, where nothing is looked for without one. */
  readonly body?: ServerField['of']
}

const NOBODY = 2147483647
/** What belongs to the host has a first one everywhere. */
const FIRST = 1

const routes: readonly Route[] = [
  { method: 'GET', path: '/snapshots/' },
  { method: 'POST', path: '/snapshots/' },
  { method: 'GET', path: '/snapshots/{id}/', of: 'snapshotId' },
  { method: 'DELETE', path: '/snapshots/{id}/', of: 'snapshotId' },
  { method: 'POST', path: '/snapshots/{id}/restore/', of: 'snapshotId' },
  { method: 'GET', path: '/servers/' },
  { method: 'GET', path: '/servers/{id}/', of: 'serverId' },
  { method: 'GET', path: '/servers/{id}/layers/', of: 'serverId' },
  { method: 'POST', path: '/servers/{id}/start/', of: 'serverId' },
  { method: 'POST', path: '/servers/{id}/stop/', of: 'serverId' },
  { method: 'POST', path: '/servers/{id}/reboot/', of: 'serverId' },
  { method: 'POST', path: '/servers/{id}/undo/', of: 'serverId' },
  { method: 'GET', path: '/operations/' },
  { method: 'GET', path: '/operations/{id}/', of: 'operationId' },
  { method: 'GET', path: '/tokens/' },
  { method: 'POST', path: '/tokens/' },
  { method: 'DELETE', path: '/tokens/{id}/', of: 'tokenId' },
  { method: 'GET', path: '/account/me/' },
]

/** Where servers are made. */
const makingRoutes: readonly Route[] = [
  { method: 'PATCH', path: '/servers/{id}/', of: 'serverId', body: 'change' },
  { method: 'DELETE', path: '/servers/{id}/', of: 'serverId' },
  { method: 'POST', path: '/servers/{id}/clone/', of: 'serverId', body: 'clone' },
]

/** What the host's administrators have besides: only their ids are tried, because whose they are is no question. */
const hostRoutes = ['/images/{id}/', '/accounts/{id}/'].flatMap(path =>
  ['GET', 'DELETE'].map(method => ({ method, path })),
)

const BASE = '/api/v1'
const JSON_TYPE = 'Content-Type: application/json'
const TOKEN_BODY = '{"name":"corpus","permissions":["servers:read"]}'

export function requestsFor(entry: Entry, targets: Targets): RawRequest[] {
  const authorized = [`Authorization: Bearer ${targets.secrets['{token}']}`]
  const snapshotBody = (server: number | string = targets.serverId) => `{"server_id":${server},"name":"corpus"}`
  const withBody = (path: string, text: string | Uint8Array, headers: readonly string[] = []): RawRequest => {
    const bytes = Buffer.from(text)
    const lines = [...authorized, JSON_TYPE, `Content-Length: ${bytes.length}`, ...headers]
    return { method: 'POST', target: `${BASE}${path}`, headers: lines, bytes }
  }
  const place = (text: string) =>
    text.replaceAll('{server}', String(targets.serverId)).replaceAll('{snapshot}', String(targets.snapshotId))

  const own = [...routes, ...(targets.imageId === null ? [] : makingRoutes)]
  const aimed = (route: Route | (typeof hostRoutes)[number], id: string, authorization: readonly string[]) => {
    const body = 'body' in route && route.body ? serverBody(route.body, targets) : undefined
    const bytes = Buffer.from(body ?? '')
    const type = body === undefined ? [] : [JSON_TYPE, `Content-Length: ${bytes.length}`]
    const request = { method: route.method, target: `${BASE}${route.path.replace('{id}', id)}` }
    return { ...request, headers: [...authorization, ...type], ...(body === undefined ? {} : { bytes }) }
  }

  switch (entry.where) {
    case 'path id':
      return [...own.filter(({ of }) => of), ...hostRoutes].map(route => {
        const id = 'of' in route && route.of ? targets[route.of] : FIRST
        return aimed(route, entry.text.replaceAll('{id}', String(id)), authorized)
      })
    case 'server field': {
      if (targets.imageId === null) return []
      const json = entry.json.replaceAll('{port}', targets.port)
      const { method, path } = makers[entry.of]
      const request = withBody(place(path), serverBody(entry.of, targets, { [entry.field]: json }))
      return [{ ...request, method }]
    }
    case 'field': {
      const json = entry.json.replaceAll('{id}', String(targets.serverId))
      const right =
        entry.of === 'snapshot'
          ? { server_id: String(targets.serverId), name: '"corpus"' }
          : { name: '"corpus"', permissions: '["servers:read"]' }
      const fields = { ...right, [entry.field]: json }
      const body = Object.entries(fields).map(([key, value]) => `${JSON.stringify(key)}:${value}`)
      return [withBody(entry.of === 'snapshot' ? '/snapshots/' : '/tokens/', `{${body.join(',')}}`)]
    }
    case 'body':
      return ['/snapshots/', '/tokens/'].map(path => bodyRequest(entry, path, authorized, place))
    case 'query': {
      const target = `${place(entry.path)}?${place(entry.query)}`
      return entry.method === 'POST'
        ? [withBody(target, snapshotBody())]
        : [{ method: 'GET', target: `${BASE}${target}`, headers: authorized }]
    }
    case 'header':
      return [withBody('/snapshots/', snapshotBody(NOBODY), entry.headers)]
    case 'authorization':
      return own.map(({ method, path, of }) => {
        const headers = entry.headers.map(line => fill(line, targets.secrets))
        const query = entry.query ? `?${fill(entry.query, targets.secrets)}` : ''
        const target = `${BASE}${of ? path.replace('{id}', String(targets[of])) : path}${query}`
        if (method !== 'POST' || of) return { method, target, headers }
        const bytes = Buffer.from(path === '/tokens/' ? TOKEN_BODY : snapshotBody())
        return { method, target, headers: [...headers, JSON_TYPE, `Content-Length: ${bytes.length}`], bytes }
      })
    case 'foreign token': {
      const foreign = targets.secrets['{foreign}']
      if (foreign === undefined) return []
      const headers = [`Authorization: Bearer ${foreign}`]
      return own.flatMap(route => (route.of ? aimed(route, String(targets[route.of]), headers) : []))
    }
    case 'line': {
      const { method, target, version, headers = [], bytes } = entry
      return [
        {
          method,
          target: place(target),
          headers: [...authorized, ...headers],
          ...(version === undefined ? {} : { version }),
          ...(bytes === undefined ? {} : { bytes: Buffer.from(bytes) }),
        },
      ]
    }
  }
}

const makers = {
  server: { method: 'POST', path: '/servers/' },
  clone: { method: 'POST', path: '/servers/{server}/clone/' },
  change: { method: 'PATCH', path: '/servers/{server}/' },
} as const

/** Right, but for what is put into it. */
function serverBody(of: ServerField['of'], targets: Targets, wrong: Readonly<Record<string, string>> = {}): string {
  const right = {
    server: { name: '"corpus"', image_id: String(targets.imageId), plan: '{"vcpus":1,"memory":64,"storage":1}' },
    clone: { name: '"corpus"', snapshot_id: String(targets.snapshotId) },
    change: {},
  }
  const fields = Object.entries({ ...right[of], ...wrong })
  return `{${fields.map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(',')}}`
}

function bodyRequest(entry: Body, path: string, authorized: string[], place: (text: string) => string): RawRequest {
  // Byte by byte: some of it is no text.
  const bytes = Buffer.from(place(Buffer.from(entry.bytes).toString('latin1')), 'latin1')
  const headers = [
    ...authorized,
    ...(entry.type === null ? [] : [`Content-Type: ${entry.type}`]),
    ...(entry.headers ?? []),
  ]
  const request = { method: 'POST', target: `${BASE}${path}` }
  if (!entry.chunked) {
    return { ...request, headers: [...headers, `Content-Length: ${entry.declared ?? bytes.length}`], bytes }
  }
  const chunk = Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n0\r\n\r\n')])
  return { ...request, headers: [...headers, 'Transfer-Encoding: chunked'], bytes: chunk }
}

function fill(text: string, secrets: Readonly<Record<string, string>>): string {
  return text.replace(/\{[a-z]+\}/g, placeholder => secrets[placeholder] ?? placeholder)
}
