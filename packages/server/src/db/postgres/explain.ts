/** What keeps us out of a PostgreSQL database, in words, with what to do about it. */
import { nameOf, type PostgresAddress } from './url.ts'

type Explanation = (address: PostgresAddress) => string

/** By PostgreSQL's code, or Node's. */
const explanations: Record<string, Explanation> = {
  '28P01': ({ user }) => `The password of "${user}" is wrong. Correct it in RESTPOINT_DATABASE_URL.`,
  '28000': ({ user, database }) =>
    `"${user}" may not connect to "${database}" from here. Let it in with a line in pg_hba.conf, or use another user.`,
  '3D000': ({ user, database }) => `There is no such database. Make it: createdb --owner=${user} ${database}`,
  '42501': ({ user, database }) =>
    `"${user}" may not make tables in it. Make it the owner: ALTER DATABASE ${database} OWNER TO ${user};`,
  '25006': () => 'It can only be read, as a standby can. Name the primary in RESTPOINT_DATABASE_URL.',
  ENOTFOUND: ({ host }) => `There is no host called "${host}". Correct it in RESTPOINT_DATABASE_URL.`,
  EACCES: ({ host }) => `The user that Restpoint runs as may not use the socket in ${host}.`,
}

/** By what the message says, where there is no code. */
const sayings: [RegExp, Explanation][] = [
  [/^ENOENT.* open /, () => 'Name a file that is there with sslrootcert=FILE.'],
  [/password must be/, ({ user }) => `"${user}" needs a password. Put it into RESTPOINT_DATABASE_URL.`],
  [
    /does not support SSL/,
    () => 'It does not offer TLS. Take sslmode away from RESTPOINT_DATABASE_URL, or set TLS up.',
  ],
  [/certificate/, () => 'Its certificate is not to be believed. Name the right one with sslrootcert=FILE.'],
]

/** While it starts, restarts, is full for a moment, or cannot be reached. */
const passing = /^(08|57P|53)|^(ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|EPIPE)$/
const passingSayings = /^(Connection terminated|timeout expired|Query read timeout)/

export function mayPass(error: unknown): boolean {
  const { code = '', syscall, message } = error as NodeJS.ErrnoException
  // No socket yet. A file that is not there will not come by waiting.
  if (code === 'ENOENT') return syscall === 'connect'
  return passing.test(code) || passingSayings.test(message)
}

export function explain(error: unknown, address: PostgresAddress): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  const said = sayings.find(([pattern]) => pattern.test(message))?.[1]
  const remedy = explanations[code] ?? said ?? waited
  return `Restpoint cannot use the PostgreSQL database ${nameOf(address)}: ${message}\n${remedy(address)}`
}

const waited: Explanation = () => 'Is it running there, and is RESTPOINT_DATABASE_URL right?'
