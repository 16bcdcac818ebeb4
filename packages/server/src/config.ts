import { spawnSync } from 'node:child_process'
import { isIP, isIPv6 } from 'node:net'
import path from 'node:path'
import { type Static, type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'
import { type PostgresAddress, parsePostgresUrl } from './db/postgres/url.ts'

/**
 * Every setting, by the name of its environment variable. `description` completes "must be …" in a problem; `default`
 * is what an absent or empty variable means. A setting without a default depends on who runs us: see `derive`.
 */
export const settingsSchema = Type.Object(
  {
    RESTPOINT_LISTEN: Type.String({
      pattern: String.raw`^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}$`,
      description: 'host:port with a port from 0 to 65535, an IPv6 address in brackets ([::1]:8600)',
      default: '127.0.0.1:8600',
    }),
    RESTPOINT_STATE_DIR: Type.Optional(Type.String({ pattern: '^/', description: 'an absolute path' })),
    RESTPOINT_DATABASE_URL: Type.Optional(
      Type.String({ description: 'the URL of a PostgreSQL database: postgres://user:password@host:5432/database' }),
    ),
    RESTPOINT_ACCEL: choice(['auto', 'kvm', 'tcg'], 'auto'),
    RESTPOINT_QEMU_USER: Type.Optional(
      Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_-]*[$]?$', description: 'the name of a user of this host' }),
    ),
    RESTPOINT_DEMO: choice(['0', '1'], '1'),
    RESTPOINT_SNAPSHOT_LIMIT: wholeNumber(1, 1000, 5),
    RESTPOINT_UNDO_HOURS: wholeNumber(1, 8760, 24),
    RESTPOINT_RESERVE_MB: wholeNumber(0, 1_000_000_000, 1024),
    RESTPOINT_IMAGE_MAX_GB: wholeNumber(1, 1_000_000, 2048),
    RESTPOINT_MERGE_MB_PER_SECOND: wholeNumber(1, 1_000_000, 64),
    RESTPOINT_RATE_LIMIT: wholeNumber(0, 10_000_000, 6000),
    RESTPOINT_TRUSTED_PROXIES: Type.Optional(
      Type.String({ description: 'IP addresses and networks (10.0.0.0/8, fd00::/8), separated by commas' }),
    ),
    RESTPOINT_TERMINAL: choice(['on', 'off'], 'on'),
    RESTPOINT_LOG_LEVEL: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info'),
  },
  { additionalProperties: false },
)

type Settings = Static<typeof settingsSchema>

/** What the service runs with; frozen. */
export interface Config {
  /** `host` without brackets; port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number }
  /** Absolute and normalised. */
  readonly stateDir: string
  /** Null: SQLite in the state folder. */
  readonly database: PostgresAddress | null
  readonly accel: 'auto' | 'kvm' | 'tcg'
  /** Name of the user that QEMU runs as; null: as we do. */
  readonly qemuUser: string | null
  /** Whether the first start makes the demo server. */
  readonly demo: boolean
  /** Snapshots a server may have. */
  readonly snapshotLimit: number
  /** How long a restore can be undone. */
  readonly undoHours: number
  /** Free MiB that we never use on the file system of `stateDir`. */
  readonly reserveMb: number
  /** GiB that the disk in an imported image may have. */
  readonly imageMaxGb: number
  /** MiB/s that a background merge may write. */
  readonly mergeMbPerSecond: number
  /** Requests per minute and token; 0: no limit. */
  readonly rateLimit: number
  /** Addresses and networks of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
  /** Whether the service holds the consoles of servers, and shows them. */
  readonly terminal: boolean
  readonly logLevel: Settings['RESTPOINT_LOG_LEVEL']
}

/** The settings are not usable. `problems` has one sentence for each: name, what was given, what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The settings are not usable:\n${problems.map(problem => `  - ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

/** Variables that others read: scripts/boot.mjs (SETUP), clients (URL, TOKEN). */
const notOurs = new Set(['RESTPOINT_SETUP', 'RESTPOINT_URL', 'RESTPOINT_TOKEN'])

/** A unix socket's path may have 107 bytes; this is the longest that we make below the state folder. */
const longestSocket = '/guests/machines/bench-9999999999/monitor.sock'
const longestStateDir = 107 - longestSocket.length

/**
 * Reads the RESTPOINT_* variables of `env`.
 * @throws ConfigError with every problem at once.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  who: { readonly isRoot: boolean; readonly home: string },
): Config {
  const given = givenSettings(env)
  const problems = schemaProblems(given)
  const wrong = new Set(problems.map(problem => problem.name))
  // What is wrong already is replaced by its default here, so that the rest is still looked at.
  const sound = Object.fromEntries(Object.entries(given).filter(([name]) => !wrong.has(name)))
  const { config, problems: more } = derive(Value.Default(settingsSchema, sound) as Settings, env, who)
  const all = [...problems.map(problem => problem.text), ...more]
  if (all.length > 0) throw new ConfigError(all)
  return config
}

/** Ours of `env`, whole numbers as numbers; what is not one stays a string, and the schema refuses it. */
function givenSettings(env: Readonly<Record<string, string | undefined>>): Record<string, string | number> {
  const given: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('RESTPOINT_') || notOurs.has(name) || !value) continue
    const schema = settingOf(name)
    given[name] = schema && Type.IsInteger(schema) && /^[0-9]{1,15}$/.test(value) ? Number(value) : value
  }
  return given
}

function schemaProblems(given: Record<string, string | number>): { name: string; text: string }[] {
  const complete = Value.Default(settingsSchema, { ...given })
  const names = new Set(Value.Errors(settingsSchema, complete).map(error => error.instancePath.slice(1)))
  names.delete('')
  return [...names].map(name => {
    const text = settingOf(name)
      ? `${name} is ${JSON.stringify(given[name])}; it must be ${allowed(name as keyof Settings)}.`
      : `${name} is not a setting. ${suggestion(name)}`
    return { name, text }
  })
}

function derive(
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
  { isRoot, home }: { readonly isRoot: boolean; readonly home: string },
): { config: Config; problems: string[] } {
  const problems: string[] = []

  const colon = settings.RESTPOINT_LISTEN.lastIndexOf(':')
  const host = settings.RESTPOINT_LISTEN.slice(0, colon)
  const port = Number(settings.RESTPOINT_LISTEN.slice(colon + 1))
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (port > 65535 || (bare !== host && !isIPv6(bare))) {
    problems.push(`RESTPOINT_LISTEN is "${settings.RESTPOINT_LISTEN}"; it must be ${allowed('RESTPOINT_LISTEN')}.`)
  }

  // XDG base directory specification: a relative path in the variable is to be ignored.
  const xdg = env['XDG_STATE_HOME']?.startsWith('/') ? env['XDG_STATE_HOME'] : path.join(home, '.local/state')
  const usual = isRoot ? '/var/lib/restpoint' : path.join(xdg, 'restpoint')
  const stateDir = path.resolve(settings.RESTPOINT_STATE_DIR ?? usual)
  if (Buffer.byteLength(stateDir) > longestStateDir) {
    problems.push(
      `RESTPOINT_STATE_DIR is "${stateDir}" (${Buffer.byteLength(stateDir)} bytes); it must be at most ` +
        `${longestStateDir} bytes long, because unix sockets are made below it.`,
    )
  }

  let database: PostgresAddress | null = null
  try {
    const url = settings.RESTPOINT_DATABASE_URL
    database = url === undefined ? null : parsePostgresUrl(url)
  } catch (error) {
    // Without the URL: there is a password in it.
    problems.push(`RESTPOINT_DATABASE_URL cannot be used. ${(error as Error).message}`)
  }

  const qemuUser = settings.RESTPOINT_QEMU_USER ?? null
  if (qemuUser !== null && !isRoot) {
    problems.push(
      `RESTPOINT_QEMU_USER is "${qemuUser}"; only root can run QEMU as another user. Start as root or unset it.`,
    )
  }
  if (qemuUser !== null && !isUserOfHost(qemuUser)) {
    problems.push(
      `RESTPOINT_QEMU_USER is "${qemuUser}"; it must be the name of a user of this host, and there is none.`,
    )
  }

  const proxies = (settings.RESTPOINT_TRUSTED_PROXIES ?? '').split(/[\s,]+/).filter(entry => entry !== '')
  if (!proxies.every(isNetwork)) {
    const given = JSON.stringify(settings.RESTPOINT_TRUSTED_PROXIES)
    problems.push(`RESTPOINT_TRUSTED_PROXIES is ${given}; it must be ${allowed('RESTPOINT_TRUSTED_PROXIES')}.`)
  }

  const config: Config = {
    listen: Object.freeze({ host: bare, port }),
    stateDir,
    database,
    accel: settings.RESTPOINT_ACCEL,
    qemuUser,
    demo: settings.RESTPOINT_DEMO === '1',
    snapshotLimit: settings.RESTPOINT_SNAPSHOT_LIMIT,
    undoHours: settings.RESTPOINT_UNDO_HOURS,
    reserveMb: settings.RESTPOINT_RESERVE_MB,
    imageMaxGb: settings.RESTPOINT_IMAGE_MAX_GB,
    mergeMbPerSecond: settings.RESTPOINT_MERGE_MB_PER_SECOND,
    rateLimit: settings.RESTPOINT_RATE_LIMIT,
    trustedProxies: Object.freeze(proxies),
    terminal: settings.RESTPOINT_TERMINAL === 'on',
    logLevel: settings.RESTPOINT_LOG_LEVEL,
  }
  return { config: Object.freeze(config), problems }
}

/** An address, or a network as CIDR has it. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

/** Asks the host's name service, which knows more users than /etc/passwd. */
function isUserOfHost(name: string): boolean {
  return spawnSync('getent', ['passwd', name]).status === 0
}

function choice<const Value extends string>(values: readonly Value[], fallback: NoInfer<Value>) {
  const description = `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`
  return Type.Enum<Value[]>([...values], { description, default: fallback })
}

function wholeNumber(minimum: number, maximum: number, fallback: number) {
  const description = `a whole number from ${minimum} to ${maximum}`
  return Type.Integer({ minimum, maximum, description, default: fallback })
}

function settingOf(name: string): TSchema | undefined {
  return Object.hasOwn(settingsSchema.properties, name) ? settingsSchema.properties[name as keyof Settings] : undefined
}

function allowed(name: keyof Settings): string {
  return (settingsSchema.properties[name] as { description?: string }).description ?? ''
}

function suggestion(name: string): string {
  const known = Object.keys(settingsSchema.properties)
  const near = known.map(candidate => ({ candidate, distance: distance(name, candidate) }))
  const best = near.sort((a, b) => a.distance - b.distance)[0]
  return best && best.distance <= 4 ? `Did you mean ${best.candidate}?` : `The settings are ${known.join(', ')}.`
}

/** Levenshtein: how many letters to insert, remove or change. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...to].entries()) {
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (letter === other ? 0 : 1)))
    }
    row = next
  }
  return row[to.length]!
}
