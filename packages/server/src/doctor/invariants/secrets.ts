/** I34: no secret where it does not belong. What is found is never told, only where. */
import { createReadStream, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { sql } from 'kysely'
import { digestOf } from '../../tokens/digest.ts'
import type { Finding, Invariant } from '../finding.ts'
import { postgresOf } from '../options.ts'
import type { World } from '../world.ts'

type Check = Invariant<World>['check']
type Found = Omit<Finding, 'invariant'>

/** As tokens are made: `rp_` and 256 random bits. */
const TOKEN = /rp_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g

const nowhere: Check = async world => {
  const { stateDir, processes, machines, service, paths, options, db } = world
  const digests = new Map(
    (await db.selectFrom('tokens').select(['id', 'digest']).execute()).map(row => [row.digest, row.id]),
  )
  const password = postgresOf(options)?.password() ?? null
  const findings: Found[] = []
  const seek = (text: string, where: string, remedy: string) => {
    const ids = new Set((text.match(TOKEN) ?? []).map(secret => digests.get(digestOf(secret))))
    // Shorter ones are words that occur by themselves.
    const hasPassword = password !== null && password.length >= 8 && text.includes(password)
    if (ids.size === 0 && !hasPassword) return
    const valid = [...ids].filter(id => id !== undefined)
    const what = hasPassword
      ? "The database's password"
      : valid.length > 0
        ? `The secret of token ${valid.join(', ')}`
        : 'What looks like a token, but opens nothing now,'
    findings.push({
      level: hasPassword || valid.length > 0 ? 'damage' : 'fault',
      subject: where,
      text: `${what} is in ${where}.`,
      remedy: hasPassword ? `Change the password. ${remedy}` : `Revoke the token. ${remedy}`,
    })
  }

  const ours = [...machines.map(({ process }) => process), ...(service ? [service] : [])]
  const children = processes.filter(({ parent }) => parent === service?.pid)
  for (const { pid, args } of new Set([...ours, ...children])) {
    seek(args.join(' '), `the arguments of process ${pid}`, 'Every user of the host can read them.')
  }
  for (const path of texts(world)) await seekInFile(path, seek)
  for (const path of options.logs ?? []) await seekInFile(path, seek)
  for (const { table, column, id, text } of await suspectRows(world)) {
    seek(text, `the table ${table}, column ${column}, row ${id}`, 'Whoever may read that row can read it.')
  }
  for (const name of ['admin-token', 'restpoint.db', 'restpoint.db-wal', 'host-id', 'lock', 'records']) {
    const mode = modeOf(join(stateDir, name))
    if (mode !== undefined && (mode & 0o077) !== 0) findings.push(open(join(stateDir, name), mode))
  }
  // Others may have to pass through, where QEMU runs as a user of its own; nobody may list.
  for (const path of [stateDir, paths.root, paths.layers, paths.machines]) {
    const mode = modeOf(path)
    if (mode !== undefined && (mode & 0o066) !== 0) findings.push(open(path, mode))
  }
  return findings
}

function open(path: string, mode: number): Found {
  const isFolder = lstatSync(path).isDirectory()
  return {
    level: 'damage',
    subject: `the rights of ${path}`,
    text: `${path} is open to other users of the host (mode ${(mode & 0o777).toString(8)}).`,
    remedy: `chmod ${isFolder ? 'go-rw' : '600'} ${path}`,
  }
}

/** What we and QEMU write as text in the state folder. */
function texts({ stateDir, paths, folders }: World): string[] {
  const records = join(stateDir, 'records')
  return [
    ...list(records).map(name => join(records, name)),
    ...folders.map(name => join(paths.machines, name, 'qemu.log')),
  ]
}

async function seekInFile(path: string, seek: (text: string, where: string, remedy: string) => void): Promise<void> {
  try {
    if (!lstatSync(path).isFile()) return
  } catch {
    return
  }
  // Line by line: a log may be larger than the memory.
  for await (const line of createInterface({
    input: createReadStream(path, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    seek(line, path, 'Remove it from there.')
  }
}

/** Text with the beginning of a token in it, wherever the database has text. */
async function suspectRows({ db }: World): Promise<{ table: string; column: string; id: string; text: string }[]> {
  const found: { table: string; column: string; id: string; text: string }[] = []
  for (const { name: table, columns } of await db.introspection.getTables()) {
    for (const { name: column, dataType } of columns) {
      if (!/text|char/i.test(dataType) || column === 'digest') continue
      const hasId = columns.some(({ name }) => name === 'id')
      const id = hasId ? sql`cast(${sql.ref('id')} as text)` : sql`'?'`
      const { rows } = await sql<{ id: string; text: string }>`
        select ${id} as id, ${sql.ref(column)} as text from ${sql.table(table)}
        where ${sql.ref(column)} like ${'%rp\\_%'} escape ${'\\'}`.execute(db)
      for (const row of rows) found.push({ table, column, ...row })
    }
  }
  return found
}

function modeOf(path: string): number | undefined {
  try {
    return lstatSync(path).mode
  } catch {
    return undefined
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

export const secretInvariants: Invariant<World>[] = [
  { id: 'I34', title: 'no secret in a log, a row or an argument list', check: nowhere },
]
