/** What a call can fail with. None of these ever holds the token. */
import type { Operation, Problem } from './api.ts'

/** What to branch on; docs/errors.md lists them all. A newer service may know more. */
export type ErrorCode = Problem['code']

/** The service has refused, and says why. */
export class RestpointError extends Error {
  override readonly name = 'RestpointError'
  readonly code: ErrorCode
  /** Of the HTTP reply. */
  readonly status: number
  /** The same for every error with this code. */
  readonly title: string
  /** What happened and what can be done about it, for people; the message too. */
  readonly detail: string
  /** Field → what is wrong with it; empty where no field is. */
  readonly errors: Readonly<Record<string, readonly string[]>>
  /** The operation that is in the way. */
  readonly operationId: number | undefined
  /** Seconds to wait before it is worth asking again. */
  readonly retryAfter: number | undefined

  constructor(problem: Omit<Problem, 'type'>, retryAfter?: number) {
    super(problem.detail)
    this.code = problem.code
    this.status = problem.status
    this.title = problem.title
    this.detail = problem.detail
    this.errors = problem.errors ?? {}
    this.operationId = problem.operation_id
    this.retryAfter = retryAfter
  }
}

/** An operation was followed, and it failed or was cancelled (`code: 'cancelled'`). */
export class OperationFailedError extends Error {
  override readonly name = 'OperationFailedError'
  readonly code: ErrorCode
  readonly title: string
  /** What happened. */
  readonly detail: string
  /** What can be done about it. */
  readonly remedy: string
  readonly operation: Operation

  constructor(operation: Operation) {
    const { id, kind, status, error } = operation
    const { code, title, detail, remedy } = error ?? {
      code: status === 'cancelled' ? 'cancelled' : 'internal_error',
      title: `Operation ${id} ${status}`,
      detail: `Operation ${id} (${kind}) ${status}.`,
      remedy: '',
    }
    super(`${detail} ${remedy}`.trim())
    this.code = code as ErrorCode
    this.title = title
    this.detail = detail
    this.remedy = remedy
    this.operation = operation
  }
}

/** No reply: the service cannot be reached, or the connection was lost. What was asked for may have happened. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError'
}

/** No reply in time, or an operation that has not ended in time. What was asked for may happen yet. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
}

/** A reply that is not Restpoint's: a gateway's error page, a redirect, another service at this URL. */
export class UnexpectedReplyError extends Error {
  override readonly name = 'UnexpectedReplyError'
  /** Of the HTTP reply; 0 for a redirect in a browser. */
  readonly status: number
  /** Seconds to wait before it is worth asking again. */
  readonly retryAfter: number | undefined

  constructor(message: string, status: number, retryAfter?: number) {
    super(message)
    this.status = status
    this.retryAfter = retryAfter
  }
}
