/** Records as they are found: what cannot be read is named and left out. */
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { AccountsRecord, IdsRecord, ImageRecord, type Records, ServerRecord, VERSION } from '../schema.ts'

export interface FoundRecords extends Records {
  /** One sentence for each file that cannot be used. */
  readonly problems: readonly string[]
}

export function parseRecords(files: ReadonlyMap<string, string>): FoundRecords {
  const problems: string[] = []
  const read = <Schema extends TSchema>(schema: Schema, name: string): Static<Schema> | undefined => {
    const text = files.get(name)
    const record = text === undefined ? undefined : parse(text)
    if (record !== undefined && Value.Check(schema, record)) return record
    problems.push(`records/${name} ${text === undefined ? 'is not there' : whyNot(schema, record)}.`)
    return undefined
  }
  const readAll = <Schema extends TSchema>(schema: Schema, folder: string): Static<Schema>[] =>
    [...files.keys()]
      .filter(name => name.startsWith(`${folder}/`))
      .sort((a, b) => idOf(a) - idOf(b))
      .flatMap(name => {
        const record = read(schema, name)
        if (record === undefined) return []
        const { id } = record as { id: number }
        if (id === idOf(name)) return [record]
        problems.push(`records/${name} says that it is ${id}.`)
        return []
      })
  return {
    ids: read(IdsRecord, 'ids.json') ?? { version: VERSION, highest: {} },
    accounts: read(AccountsRecord, 'accounts.json') ?? { version: VERSION, accounts: [] },
    images: readAll(ImageRecord, 'images'),
    servers: readAll(ServerRecord, 'servers'),
    problems,
  }
}

/** The highest ids that are recorded, by table. */
export function recordedIds(files: ReadonlyMap<string, string>): IdsRecord['highest'] {
  const record = parse(files.get('ids.json') ?? '')
  return Value.Check(IdsRecord, record) ? record.highest : {}
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function whyNot(schema: TSchema, record: unknown): string {
  const version = (record as { version?: unknown } | undefined)?.version
  if (typeof version === 'number' && version > VERSION) return 'was written by a newer Restpoint'
  if (record === undefined) return 'is not JSON'
  const where = Value.Errors(schema, record)[0]?.instancePath
  return `is not a record of this version${where ? ` (see ${where})` : ''}`
}

function idOf(name: string): number {
  return Number(/(\d+)\.json$/.exec(name)?.[1])
}
