import pg from 'pg'
import { DatabaseUnavailable } from '../unavailable.ts'

/**
 * The database as a whole, not this statement: connection lost, no resources, shutting down or starting, system error;
 * timeouts of ours; no way in any more; a standby that cannot be written to.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const unavailable = /^(08|53|57P|58|28)|^(25P03|25P04|25006|3D000|55P03|57014)$/

/** What `pg` says without a code when a connection is lost, cannot be made, or does not answer. */
const lost =
  /^(Connection terminated|Client (has encountered a connection error|was closed)|Query read timeout|timeout expired)/

export function isUnavailable(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) {
    return error.severity === 'FATAL' || error.severity === 'PANIC' || unavailable.test(error.code ?? '')
  }
  const { code, message } = error as Partial<NodeJS.ErrnoException>
  return /^E[A-Z]+$/.test(code ?? '') || lost.test(message ?? '')
}

/** A statement's error as the rest of the service is to see it. */
export function translated(error: unknown): unknown {
  // They hold values of rows, and errors go into the log.
  if (error instanceof pg.DatabaseError) Object.assign(error, { detail: undefined, where: undefined })
  return isUnavailable(error) ? new DatabaseUnavailable(error) : error
}
