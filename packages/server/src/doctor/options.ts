/** How a host is to be examined. */
import { type PostgresAddress, parsePostgresUrl } from '../db/postgres/url.ts'
import type { HostUser } from '../drivers/qemu/host.ts'

export interface ExamineOptions {
  /** The PostgreSQL database, or its URL; null, as by default: SQLite in the state folder. */
  readonly postgres?: PostgresAddress | string | null
  /** Whom QEMU runs as, where it is somebody else than the service. */
  readonly qemuUser?: HostUser | null
  /** Reads every layer from its first byte to its last. */
  readonly deep?: boolean
  /** Snapshots a server may have, where its account has no quota of its own; default 5. */
  readonly snapshotLimit?: number
  /** Free MiB that are never used; default 0: not looked at. */
  readonly reserveMb?: number
  /** Files with what the service has logged. */
  readonly logs?: readonly string[]
  /**
   * Where somebody is at work, what a look finds is looked at again after each of these, ms, and only what stays counts.
   * Together they are longer than whatever the service does in between without an operation.
   */
  readonly pausesMs?: readonly number[]
  /** Only these, by id. */
  readonly only?: readonly string[]
}

export function postgresOf({ postgres }: ExamineOptions): PostgresAddress | null {
  return typeof postgres === 'string' ? parsePostgresUrl(postgres) : (postgres ?? null)
}

export const usualPausesMs = [250, 500, 1000, 1500]
