/** Where a PostgreSQL database is, and how to get in: `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…`. */
import { userInfo } from 'node:os'

export interface PostgresAddress {
  /** A name, an address, or the folder of a unix socket. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly tls: 'disable' | 'require' | 'verify-full'
  /** File with the certificates to believe; null: the system's. */
  readonly rootCertificate: string | null
  /** A function, and not enumerable, so that nothing that prints an address prints it. Empty where there is none. */
  readonly password: () => string
}

const modes = ['disable', 'require', 'verify-full'] as const
const parameters = ['host', 'sslmode', 'sslrootcert']

/** @throws Error with a sentence that says what is wrong, and never what was given. */
export function parsePostgresUrl(text: string): PostgresAddress {
  // A socket has no host; after a user the URL standard wants one.
  const standard = text.replace(/^(\w+:\/\/[^/@]*@)\//, '$1localhost/')
  const url = URL.canParse(standard) ? new URL(standard) : undefined
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new Error('It must look like postgres://user:password@host:5432/database.')
  }
  const unknown = [...url.searchParams.keys()].find(name => !parameters.includes(name))
  if (unknown !== undefined) {
    throw new Error(`It has a parameter that is not known; there are ${parameters.join(', ')}.`)
  }
  const tls = url.searchParams.get('sslmode') ?? 'disable'
  if (!isMode(tls)) throw new Error(`Its sslmode must be one of ${modes.join(', ')}.`)
  const user = decoded(url.username) || userInfo().username
  const database = decoded(url.pathname.slice(1)) || user
  const address = {
    host: url.searchParams.get('host') ?? (decoded(url.hostname.replace(/^\[(.*)\]$/, '$1')) || 'localhost'),
    port: Number(url.port || 5432),
    user,
    database,
    tls,
    rootCertificate: url.searchParams.get('sslrootcert'),
  }
  const password = decoded(url.password)
  return Object.defineProperty(address as PostgresAddress, 'password', { value: () => password })
}

/** As people call it: no secret. */
export function nameOf({ host, port, database }: PostgresAddress): string {
  return host.startsWith('/') ? `"${database}" in ${host}` : `"${database}" on ${host}:${port}`
}

function isMode(text: string): text is PostgresAddress['tls'] {
  return (modes as readonly string[]).includes(text)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Error('It has a % that is not followed by two hexadecimal digits; a % itself is written %25.')
  }
}
