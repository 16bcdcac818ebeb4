/** What a client and its calls can be told. Names with an underscore are the API's own; all others are ours. */
import type { Calls, calls } from './api.ts'

export interface RestpointOptions {
  /** Where the service is, e.g. http://127.0.0.1:8600; with a path if it is behind one. */
  readonly url: string
  /** Starts with rp_. Only `health` does without. */
  readonly token?: string | undefined
  /** In place of the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Ends every call of this client. */
  readonly signal?: AbortSignal | undefined
  /** How often a call is repeated where that is safe; 0: never. Default: 4. */
  readonly retries?: number | undefined
  /** For each attempt, beyond what the service was told to wait. Default: 30,000. */
  readonly timeoutMs?: number | undefined
}

/** For one call, over what the client was told. */
export interface CallOptions extends Pick<RestpointOptions, 'retries' | 'timeoutMs'> {
  /** Ends the call; what it has asked for may happen all the same. */
  readonly signal?: AbortSignal | undefined
}

export interface PostOptions {
  /**
   * Of this request, whoever sends it and however often: it has one effect, for 24 hours. Default: a new one for each
   * call. `false`: none, and the call is not repeated where it might have had its effect.
   */
  readonly idempotencyKey?: string | false | undefined
}

export interface StartOptions {
  /** The reply is held back until the operation has ended, but no longer than this: 0 to 60. */
  readonly waitSeconds?: number | undefined
}

/** What has started an operation answers: the reply as it came, and which operation it is. */
export interface Started<Body> {
  readonly body: Body
  readonly operationId: number
}

/** What has been deleted, where an operation removes what is left of it. */
export interface Deleted {
  /** Undefined where an earlier attempt has done it, whose reply was lost. */
  readonly operationId: number | undefined
}

export type CallName = keyof Calls
type Row<Name extends CallName> = (typeof calls)[Name]

export type Path<Name extends CallName> = Calls[Name]['path']
export type Body<Name extends CallName> = Calls[Name]['body']
export type Reply<Name extends CallName> = Row<Name>['startsOperation'] extends true
  ? Row<Name>['method'] extends 'DELETE'
    ? Deleted
    : Started<Calls[Name]['reply']>
  : Calls[Name]['reply']

/** The call's query, and how it is made. */
export type Options<Name extends CallName> = Calls[Name]['query'] &
  CallOptions &
  (Row<Name>['method'] extends 'POST'
    ? PostOptions & (Row<Name>['startsOperation'] extends true ? StartOptions : unknown)
    : unknown)

/** All of them; what a call does not take is refused. */
export type AnyOptions = CallOptions & PostOptions & StartOptions
export const callOptions = ['signal', 'retries', 'timeoutMs']
export const postOptions = ['idempotencyKey']
export const startOptions = ['waitSeconds']
