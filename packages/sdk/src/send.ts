/** Calls in earnest. */
import { calls } from './api.ts'
import type { Body, CallName, Options, Path, Reply } from './options.ts'
import { operationIdOf, readReply } from './reply.ts'
import type { AnyGiven, Request } from './request.ts'

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

export function sender(request: Request): Send {
  const send = async (name: CallName, given: AnyGiven): Promise<unknown> => {
    const { method, startsOperation, replies } = calls[name]
    const { waitSeconds, idempotencyKey: key = method === 'POST' && newKey() } = given.options ?? {}
    const reply = await request<unknown>(name, given, {
      query: {},
      headers: {
        ...(key === false ? {} : { 'idempotency-key': key }),
        ...(waitSeconds === undefined ? {} : { prefer: `wait=${waitSeconds}` }),
      },
      waitMs: (waitSeconds ?? 0) * 1000,
      hasOneEffect: method === 'GET' || method === 'DELETE' || key !== false,
      isDoneWhenNotFound: method === 'DELETE',
      read: (incoming, what) => {
        const body = readReply(incoming, replies, what)
        if (!startsOperation) return body
        const operationId = operationIdOf(incoming, what)
        return method === 'DELETE' ? { operationId } : { body, operationId }
      },
    })
    return reply ?? (startsOperation ? { operationId: undefined } : undefined)
  }
  return send as Send
}

/** Not `randomUUID`: a browser has that on secure pages alone. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('')
}
