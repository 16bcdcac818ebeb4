/** A call of the API as a request, made again where that is safe. */
import { calls } from './api.ts'
import type { Exchange, Incoming } from './connection.ts'
import {
  type AnyOptions,
  type CallName,
  callOptions,
  postOptions,
  type RestpointOptions,
  startOptions,
} from './options.ts'
import { type Repeating, repeated } from './repeat.ts'

export interface AnyGiven {
  readonly path?: Readonly<Record<string, number>>
  readonly body?: unknown
  readonly options: (AnyOptions & Readonly<Record<string, unknown>>) | undefined
}

/** What a call in earnest and a dry run differ in. */
export interface Manner<T> extends Pick<Repeating, 'hasOneEffect' | 'isDoneWhenNotFound'> {
  /** Beyond what is in the options. */
  readonly query: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
  /** For how long the service holds its reply back. */
  readonly waitMs: number
  /** Throws for a reply that is a failure. `what`: the call, for people. */
  read(incoming: Incoming, what: string): T
}

export type Request = <T>(name: CallName, given: AnyGiven, manner: Manner<T>) => Promise<T | undefined>

const RETRIES = 4
const TIMEOUT_MS = 30_000

export function requester(
  exchange: Exchange,
  client: Pick<RestpointOptions, 'signal' | 'retries' | 'timeoutMs'>,
): Request {
  return async (name, { path = {}, body, options = {} }, manner) => {
    refuseUnknown(name, options)
    const { method, path: pattern, query } = calls[name]
    const { retries = client.retries ?? RETRIES, timeoutMs = client.timeoutMs ?? TIMEOUT_MS } = options
    const signals = [client.signal, options.signal]
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    const outgoing = {
      method,
      path: filled(pattern, path) + queryOf({ ...picked(options, query), ...manner.query }),
      headers: { accept: 'application/json', ...type, ...manner.headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      timeoutMs: timeoutMs + manner.waitMs,
      signals,
    }
    const { hasOneEffect, isDoneWhenNotFound } = manner
    const attempt = async () => manner.read(await exchange(outgoing), `${method} ${pattern}`)
    return repeated(attempt, { hasOneEffect, isDoneWhenNotFound, retries, signals })
  }
}

function refuseUnknown(name: CallName, options: object): void {
  const { method, query, startsOperation } = calls[name]
  const known = new Set<string>([
    ...query,
    ...callOptions,
    ...(method === 'POST' ? postOptions : []),
    ...(startsOperation && method === 'POST' ? startOptions : []),
  ])
  const unknown = Object.keys(options).find(option => !known.has(option))
  if (unknown !== undefined) throw new TypeError(`${name} has no option "${unknown}"; it has ${[...known].join(', ')}`)
}

function filled(pattern: string, ids: Readonly<Record<string, number>>): string {
  return pattern.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(ids[name])))
}

function picked(options: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map(name => [name, options[name]]))
}

function queryOf(values: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.append(name, String(value))
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}
