/** PostgreSQL in the guest: a table of numbered rows that say themselves whether they are whole. */
import type { Guest } from '../support/ssh.ts'

/** In SQL, without a quote: what a row holds follows from its number `n`. */
export const row = 'n, repeat(md5(n::text), 16), md5(repeat(md5(n::text), 16))'

export interface Table {
  /** The highest number; none is missing below it. */
  readonly last: number
  /** Of all rows in their order. */
  readonly digest: string
}

const psql = 'sudo -u postgres psql -qAtX -v ON_ERROR_STOP=1'

export async function query(guest: Guest, sql: string): Promise<string> {
  return guest.run(`${psql} -f -`, { input: sql })
}

/** Commits are durable before they are told, as is PostgreSQL's default; said here, because all depends on it. */
export async function makeTable(guest: Guest): Promise<void> {
  await query(
    guest,
    `alter system set fsync = on; alter system set synchronous_commit = on; select pg_reload_conf();
     create table load (n bigint primary key, body text not null, digest text not null);`,
  )
}

/**
 * Throws unless the database is whole: every page and index as they should be, every row what its number says, none
 * missing.
 */
export async function examine(guest: Guest): Promise<Table> {
  await guest.run(
    'sudo -u postgres /usr/lib/postgresql/*/bin/pg_amcheck --all --install-missing --heapallindexed --rootdescend --jobs=1',
  )
  const said = await query(
    guest,
    `select count(*), coalesce(max(n), 0), count(*) filter (where (n, body, digest) is distinct from (${row})),
            md5(string_agg(digest, '' order by n))
       from load;`,
  )
  const [count, last, wrong, digest = ''] = said.split('|')
  if (wrong !== '0') throw new Error(`${guest.name}: ${wrong} of ${count} rows are not what was written`)
  if (count !== last) throw new Error(`${guest.name}: the last row is ${last}, but there are ${count}`)
  return { last: Number(last), digest }
}
