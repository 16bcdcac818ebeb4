import { Failure } from '../errors.ts'

/**
 * The database cannot be used now: it is down, restarts, is full, or too slow. Nobody's doing, and no outcome: what was
 * being written may have been written or not, so it is read again before anything is done about it.
 */
export class DatabaseUnavailable extends Failure {
  override readonly cause: unknown

  constructor(cause: unknown) {
    super('unavailable', 'The database cannot be used', { retryAfter: 5 })
    this.cause = cause
  }
}
