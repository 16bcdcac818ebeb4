/** All text that somebody else may come to read, piece by piece. */
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { sql } from 'kysely'
import { namesIn, statsOf } from '../../files.ts'
import type { World } from '../../world.ts'

export interface Text {
  readonly text: string
  readonly where: string
  /** What is to be done about a secret there, or why it matters. */
  readonly remedy: string
}

/** Of what is in the database only what has one of `marks` in it: that is for the database to find. */
export async function* texts(world: World, marks: readonly string[]): AsyncGenerator<Text> {
  yield* inArguments(world)
  for (const path of filesOf(world)) yield* inFile(path)
  yield* inRows(world, marks)
}

/** Of the service, of what it has started, and of QEMUs. */
function* inArguments({ processes, machines, service }: World): Generator<Text> {
  const ours = [...machines.map(({ process }) => process), ...(service ? [service] : [])]
  const children = processes.filter(({ parent }) => parent === service?.pid)
  for (const { pid, args } of new Set([...ours, ...children])) {
    const where = `the arguments of process ${pid}`
    yield { text: args.join(' '), where, remedy: 'Every user of the host can read them.' }
  }
}

/** What we and QEMU write as text in the state folder, and logs that were named. */
function filesOf({ stateDir, paths, folders, options }: World): string[] {
  const records = join(stateDir, 'records')
  return [
    ...namesIn(records).map(name => join(records, name)),
    ...folders.map(name => join(paths.machines, name, 'qemu.log')),
    ...(options.logs ?? []),
  ]
}

/** Line by line: a log may be larger than the memory. */
async function* inFile(path: string): AsyncGenerator<Text> {
  if (!statsOf(path)?.isFile()) return
  const input = createReadStream(path, 'utf8')
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    yield { text, where: path, remedy: 'Remove it from there.' }
  }
}

/** Wherever the database has text. */
async function* inRows({ db }: World, marks: readonly string[]): AsyncGenerator<Text> {
  const patterns = marks.map(mark => `%${mark.replaceAll(/[\\%_]/g, '\\$&')}%`)
  for (const { name: table, columns } of await db.introspection.getTables()) {
    for (const { name: column, dataType } of columns) {
      if (!/text|char/i.test(dataType) || column === 'digest') continue
      const hasId = columns.some(({ name }) => name === 'id')
      const rowId = hasId ? sql`cast(${sql.ref('id')} as text)` : sql`'?'`
      const has = patterns.map(pattern => sql`${sql.ref(column)} like ${pattern} escape ${'\\'}`)
      const { rows } = await sql<{ id: string; text: string }>`
        select ${rowId} as id, ${sql.ref(column)} as text from ${sql.table(table)}
        where ${sql.join(has, sql` or `)}`.execute(db)
      for (const { id, text } of rows) {
        const where = `the table ${table}, column ${column}, row ${id}`
        yield { text, where, remedy: 'Whoever may read that row can read it.' }
      }
    }
  }
}
