/** A PostgreSQL of the tests' own, from Debian's package: on a unix socket in a temporary folder, durable as it comes. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { chmodSync, globSync, rmSync } from 'node:fs'
import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'

const execute = promisify(execFile)

export interface Cluster {
  /** Of its socket. */
  readonly folder: string
  /** Immediate: as if the power had gone. The next start recovers. */
  crash(): Promise<void>
  start(): Promise<void>
  /** Ends it, and removes everything. */
  end(): Promise<void>
}

/** As `needs`, for PostgreSQL. */
export function needsPostgres(): false | string {
  if (postgresPrograms() !== undefined) return false
  if (process.env['CI'] === 'true')
    throw new Error('PostgreSQL is not installed (a failure, not a skip, because CI=true)')
  return 'not installed: postgresql'
}

/** Debian keeps each version's programs in a folder of its own; the newest is taken. */
export function postgresPrograms(): string | undefined {
  return globSync('/usr/lib/postgresql/*/bin/postgres').sort(byVersion).map(path.dirname).at(-1)
}

function byVersion(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true })
}

/** Who may use the database `database` of the cluster in `folder`: its superuser, who needs no password. */
export function urlOf(folder: string, database: string): string {
  return `postgres://restpoint@/${database}?host=${encodeURIComponent(folder)}`
}

/** A user that has to give this password. */
export const keyed = { user: 'keyed', password: 'a/b%c:d' }

/** `settings`: more lines of postgresql.conf. */
export async function makeCluster(settings: readonly string[] = []): Promise<Cluster> {
  const programs = postgresPrograms()
  if (programs === undefined) throw new Error('There is no PostgreSQL: install the Debian package postgresql.')
  const folder = await mkdtemp(path.join(tmpdir(), 'pg-'))
  // Others have to reach the socket, and only that.
  chmodSync(folder, 0o711)
  const who = userOfIt()
  const data = path.join(folder, 'data')
  await mkdir(data, { mode: 0o700 })
  if (who) for (const place of [folder, data]) await chown(place, who.uid, who.gid)
  const options = ['-U', 'restpoint', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']
  await execute(path.join(programs, 'initdb'), ['-D', data, ...options], { ...who, cwd: folder })
  await writeFile(
    path.join(data, 'postgresql.auto.conf'),
    ["listen_addresses = ''", `unix_socket_directories = '${folder}'`, 'max_connections = 200', ...settings].join('\n'),
  )
  const rules = await readFile(path.join(data, 'pg_hba.conf'), 'utf8')
  await writeFile(path.join(data, 'pg_hba.conf'), `local all ${keyed.user} scram-sha-256\n${rules}`)

  let server: ChildProcess | undefined
  let said = ''
  const stopBy = async (signal: NodeJS.Signals) => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    server.ref()
    const ended = new Promise(done => server?.once('exit', done))
    server.kill(signal)
    await ended
  }
  const takeAlong = () => {
    server?.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', takeAlong)
  const cluster: Cluster = {
    folder,
    async start() {
      const child = spawn(path.join(programs, 'postgres'), ['-D', data], {
        ...who,
        cwd: folder,
        stdio: ['ignore', 2, 'pipe'],
      })
      server = child
      child.stderr?.on('data', chunk => (said += chunk))
      // It keeps nobody from ending; who ends without having ended it takes it along.
      child.unref()
      ;(child.stderr as Socket | null)?.unref()
      while (!(await answers(folder))) {
        if (child.exitCode !== null) throw new Error(`PostgreSQL did not start:\n${said}`)
      }
    },
    crash: () => stopBy('SIGQUIT'),
    async end() {
      await stopBy('SIGINT')
      process.off('exit', takeAlong)
      await rm(folder, { recursive: true, force: true })
    },
  }
  await cluster.start()
  return cluster
}

/** PostgreSQL refuses to run as root. */
function userOfIt(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const [uid, gid] = ['-u', '-g'].map(option =>
    Number(spawnSync('id', [option, 'postgres'], { encoding: 'utf8' }).stdout),
  )
  return { uid: uid as number, gid: gid as number }
}

async function answers(folder: string): Promise<boolean> {
  const client = new pg.Client(urlOf(folder, 'postgres'))
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    await new Promise(resolve => setTimeout(resolve, 10))
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

/** A new database of `keyed`'s own; its URL, with the password in it. */
export async function keyedDatabase(folder: string, database: string): Promise<string> {
  const client = new pg.Client(urlOf(folder, 'postgres'))
  await client.connect()
  await client.query(`create role ${keyed.user} login password ${pg.escapeLiteral(keyed.password)}`)
  await client.query(`create database ${database} owner ${keyed.user}`)
  await client.end()
  return urlOf(folder, database).replace(/restpoint@/, `${keyed.user}:${encodeURIComponent(keyed.password)}@`)
}
