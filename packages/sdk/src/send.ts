/** A call of the API as a request, made again where that is safe, and its reply. */
import { calls } from './api.ts'
import type { Exchange } from './connection.ts'
import {
  type AnyOptions,
  type Body,
  type CallName,
  callOptions,
  type Options,
  type Path,
  postOptions,
  type Reply,
  type RestpointOptions,
  startOptions,
} from './options.ts'
import { repeated } from './repeat.ts'
import { operationIdOf, readReply } from './reply.ts'

/** What a call is given; what it does not have is left away. */
export type Given<Name extends CallName> = {
  readonly options: Options<Name> | undefined
} & (Body<Name> extends undefined ? unknown : { readonly body: Body<Name> }) &
  (keyof Path<Name> extends never ? unknown : { readonly path: Path<Name> })

/**
 * @throws RestpointError, NetworkError, TimeoutError, UnexpectedReplyError, TypeError for an option that is none, or the
 * reason of the signal that was aborted.
 */
export type Send = <Name extends CallName>(name: Name, given: Given<Name>) => Promise<Reply<Name>>

const RETRIES = 4
const TIMEOUT_MS = 30_000

interface AnyGiven {
  readonly path?: Readonly<Record<string, number>>
  readonly body?: unknown
  readonly options: (AnyOptions & Readonly<Record<string, unknown>>) | undefined
}

export function sender(exchange: Exchange, client: Pick<RestpointOptions, 'signal' | 'retries' | 'timeoutMs'>): Send {
  async function send(name: CallName, { path = {}, body, options = {} }: AnyGiven): Promise<unknown> {
    const call = calls[name]
    const { method, startsOperation } = call
    refuseUnknown(name, options)
    const { retries = client.retries ?? RETRIES, timeoutMs = client.timeoutMs ?? TIMEOUT_MS } = options
    const { waitSeconds, idempotencyKey: key = method === 'POST' && newKey() } = options
    const signals = [client.signal, options.signal]
    const request = {
      method,
      path: filled(call.path, path) + queryOf(call.query, options),
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === false ? {} : { 'idempotency-key': key }),
        ...(waitSeconds === undefined ? {} : { prefer: `wait=${waitSeconds}` }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      timeoutMs: timeoutMs + (waitSeconds ?? 0) * 1000,
      signals,
    }
    const what = `${method} ${call.path}`
    const attempt = async () => {
      const incoming = await exchange(request)
      const reply = readReply(incoming, call.replies, what)
      return startsOperation ? { body: reply, operationId: operationIdOf(incoming, what) } : reply
    }
    return repeated(attempt, { method, hasKey: key !== false, retries, signals })
  }
  return send as Send
}

function refuseUnknown(name: CallName, options: object): void {
  const { method, query, startsOperation } = calls[name]
  const known = new Set<string>([
    ...query,
    ...callOptions,
    ...(method === 'POST' ? postOptions : []),
    ...(startsOperation ? startOptions : []),
  ])
  const unknown = Object.keys(options).find(option => !known.has(option))
  if (unknown !== undefined) throw new TypeError(`${name} has no option "${unknown}"; it has ${[...known].join(', ')}`)
}

function filled(pattern: string, ids: Readonly<Record<string, number>>): string {
  return pattern.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(ids[name])))
}

function queryOf(names: readonly string[], options: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams()
  for (const name of names) if (options[name] !== undefined) query.append(name, String(options[name]))
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}

/** Not `randomUUID`: a browser has that on secure pages alone. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('')
}
