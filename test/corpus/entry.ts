/** What is sent, as data; `requests.ts` makes requests of it. */
import type { BodyKind, Method } from './routes.ts'

interface Common {
  /** For people. */
  readonly what: string
  /** Every status that keeps to the contract. */
  readonly allowed: readonly number[]
}

/** In the place of an id in a path. `{id}` stands for a real one. Sent as it is: what needs encoding is encoded here. */
export interface PathId extends Common {
  readonly where: 'path id'
  readonly text: string
}

/** The value of one field in an otherwise right body. */
export interface Field extends Common {
  readonly where: 'field'
  readonly of: 'snapshot' | 'token'
  readonly field: string
  /** JSON as text, because some of it no serializer would write. `{id}` stands for a real server's id. */
  readonly json: string
}

/** The value of one field in an otherwise right body of what is not documented by others: servers, images, accounts. */
export interface OwnField extends Common {
  readonly where: 'own field'
  readonly of: Exclude<BodyKind, 'snapshot' | 'token'>
  readonly field: string
  /** JSON as text. `{port}` stands for the port that the service listens on. */
  readonly json: string
  /** What the host refuses has no field. */
  readonly isNamed: boolean
}

/** A whole body. `{server}` stands for a real server's id. */
export interface Body extends Common {
  readonly where: 'body'
  readonly bytes: string | Uint8Array
  /** No JSON, or none that may be read. */
  readonly isUnreadable?: boolean
  /** It says nothing, which is right where nothing has to be said. */
  readonly isNothing?: boolean
  /** null: no Content-Type. */
  readonly type: string | null
  readonly headers?: readonly string[]
  /** Said in Content-Length, where that differs from what is sent. */
  readonly declared?: number
  readonly chunked?: boolean
}

/** Instead of the right Authorization header. `{token}` and its like stand for tokens; see `Secrets`. */
export interface Authorization extends Common {
  readonly where: 'authorization'
  /** Header lines, in latin1. */
  readonly headers: readonly string[]
  readonly query?: string
}

/** A live token of another account, on every route that names a thing of ours. */
export interface Foreign extends Common {
  readonly where: 'foreign token'
}

export interface Query extends Common {
  readonly where: 'query'
  readonly method: Method
  readonly path: string
  readonly query: string
  /** Of what is not documented by others. */
  readonly isOwn?: boolean
}

/** `?account_id=` on every route. */
export interface AccountQuery extends Common {
  readonly where: 'account query'
  readonly text: string
}

/** On every POST and DELETE. */
export interface DryRunQuery extends Common {
  readonly where: 'dry run query'
  readonly query: string
}

/** On every path that has no such method. */
export interface OtherMethod extends Common {
  readonly where: 'method'
  readonly method: string
}

/** A header of a POST that would be refused without it as well. */
export interface Header extends Common {
  readonly where: 'header'
  readonly headers: readonly string[]
}

/** Method and target, or a request that is no HTTP at all. */
export interface Line extends Common {
  readonly where: 'line'
  readonly method: string
  readonly target: string
  readonly version?: string
  readonly headers?: readonly string[]
  readonly bytes?: string
}

export type Entry =
  | PathId
  | Field
  | OwnField
  | Body
  | Authorization
  | Foreign
  | Query
  | AccountQuery
  | DryRunQuery
  | OtherMethod
  | Header
  | Line
