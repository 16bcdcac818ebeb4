/**
 * Which state folder a database belongs to: both bear the same id. On another one's database a service would look for
 * layers that are not there, and collect as garbage what it has never heard of.
 */
import { randomUUID } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type Db, inTransaction } from '../db/database.ts'
import { DatabaseProblem } from '../db/problem.ts'

export interface Belonging {
  readonly db: Db
  /** The database, for people. */
  readonly name: string
  /** The file with the state folder's id. */
  readonly file: string
}

/** Before anything is done with the database. @throws DatabaseProblem if it is not this folder's. */
export async function refuseForeignDatabase({ db, name, file }: Belonging): Promise<void> {
  const [ours, theirs] = [await readHostId(file), await readOwner(db)]
  if (theirs === undefined || theirs === ours) return
  const folder = dirname(file)
  throw new DatabaseProblem(
    `${name[0]?.toUpperCase()}${name.slice(1)} belongs to another state folder than ${folder}. Start with that folder ` +
      '(RESTPOINT_STATE_DIR), or with a database of this one (RESTPOINT_DATABASE_URL). If it is this very folder, and only ' +
      `the file ${basename(file)} was lost or mixed up, put it right: echo ${theirs} > ${file}`,
  )
}

/** From now on they belong together. The file comes first: it alone says nothing yet. */
export async function keepHostId({ db, file }: Belonging, now: number): Promise<void> {
  if ((await readOwner(db)) !== undefined) return
  const id = (await readHostId(file)) ?? (await writeHostId(file))
  await inTransaction(db, trx => trx.insertInto('hosts').values({ id, created_at: now }).execute())
}

async function readOwner(db: Db): Promise<string | undefined> {
  return (await db.selectFrom('hosts').select('id').executeTakeFirst())?.id
}

async function readHostId(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function writeHostId(file: string): Promise<string> {
  const id = randomUUID()
  const draft = join(dirname(file), `.${basename(file)}`)
  const handle = await open(draft, 'w', 0o600)
  try {
    await handle.writeFile(`${id}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, file)
  const folder = await open(dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
  return id
}
