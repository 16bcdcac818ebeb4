/**
 * The database often lies on the file system that the guests fill. When that is full, what frees space (a snapshot's
 * deletion), and what tells people why their servers stand still, has to be written all the same. So there is always
 * some room that is ours already: free pages in the file, and as much in the journal beside it, which keeps its size.
 */
import { sql } from 'kysely'
import type { Db } from '../database.ts'
import { DatabaseUnavailable } from '../unavailable.ts'

/** A few thousand small transactions until space has to be there for what is new. */
const ROOM_BYTES = 4 * 1024 * 1024

/** At the start of the service: SQLite removes the journal at the end. Without space it starts all the same. */
export async function keepRoom(db: Db): Promise<void> {
  try {
    await sql`drop table if exists room`.execute(db)
    await sql`create table room (bytes blob)`.execute(db)
    // Each is a transaction of its own: what is taken and given back in one is never written.
    await sql`insert into room (bytes) values (zeroblob(${ROOM_BYTES}))`.execute(db)
    await sql`drop table room`.execute(db)
    await sql`pragma wal_checkpoint(restart)`.execute(db)
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error
  }
}
