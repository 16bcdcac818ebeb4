/** What the database says, all of it as it was at one instant. It is opened to be read, and nobody has to wait for it. */
import type { Selectable } from 'kysely'
import { atOneInstant, type Db } from '../db/database.ts'
import { isCurrent } from '../db/migrate.ts'
import { connectPostgres } from '../db/postgres/open.ts'
import type { PostgresAddress } from '../db/postgres/url.ts'
import type { Database } from '../db/schema.ts'
import { openSqliteToRead } from '../db/sqlite/open.ts'
import { wordsOf } from '../db/words.ts'
import type { LayerId, Roots } from '../domain/layers.ts'
import type { MergeInput } from '../layers/merge.ts'
import { loadRoots } from '../layers/store.ts'
import { unended } from '../operations/journal.ts'
import { CannotLook } from './finding.ts'

export type Row<Table extends keyof Database> = Selectable<Database[Table]>

export interface Rows {
  readonly accounts: readonly Row<'accounts'>[]
  readonly images: readonly Row<'images'>[]
  readonly layers: ReadonlyMap<LayerId, Row<'layers'>>
  readonly servers: ReadonlyMap<number, Row<'servers'>>
  readonly disks: readonly Row<'disks'>[]
  /** Without deleted ones. */
  readonly snapshots: ReadonlyMap<number, Row<'snapshots'>>
  readonly snapshotLayers: readonly Row<'snapshot_layers'>[]
  readonly undoPoints: readonly Row<'undo_points'>[]
  readonly undoLayers: readonly Row<'undo_layers'>[]
  /** Those that have not ended. */
  readonly operations: readonly Row<'operations'>[]
  readonly roots: Roots
  /** Layers' ids up to this one were given by this database. */
  readonly highestLayerId: LayerId
}

/** @throws CannotLook */
export async function openToRead(file: string, postgres: PostgresAddress | null): Promise<Db> {
  let db: Db | undefined
  try {
    db = postgres === null ? openSqliteToRead(file) : connectPostgres(postgres)
    if (await isCurrent(db)) return db
  } catch (error) {
    await db?.destroy()
    throw new CannotLook(`The database cannot be read: ${causeOf(error)}`)
  }
  await db.destroy()
  throw new CannotLook(
    'The database is of another version of Restpoint than this one. Use the doctor of the version that runs.',
  )
}

/** A driver's own words: ours say less. */
function causeOf(error: unknown): string {
  const { cause, message } = error as Error
  return cause instanceof Error ? cause.message : message
}

export function readRows(db: Db): Promise<Rows> {
  return atOneInstant(db, async trx => {
    const byId = <Value extends { readonly id: number }>(rows: Value[]) => new Map(rows.map(row => [row.id, row]))
    const layers = byId(await trx.selectFrom('layers').selectAll().execute())
    return {
      accounts: await trx.selectFrom('accounts').selectAll().execute(),
      images: await trx.selectFrom('images').selectAll().execute(),
      layers,
      servers: byId(await trx.selectFrom('servers').selectAll().execute()),
      disks: await trx.selectFrom('disks').selectAll().orderBy('id').execute(),
      snapshots: byId(await trx.selectFrom('snapshots').selectAll().where('deleted_at', 'is', null).execute()),
      snapshotLayers: await trx
        .selectFrom('snapshot_layers')
        .selectAll()
        .where('snapshot_id', 'in', eb => eb.selectFrom('snapshots').select('id').where('deleted_at', 'is', null))
        .execute(),
      undoPoints: await trx.selectFrom('undo_points').selectAll().execute(),
      undoLayers: await trx.selectFrom('undo_layers').selectAll().execute(),
      operations: await trx.selectFrom('operations').selectAll().where('status', 'in', unended).execute(),
      roots: await loadRoots(trx),
      highestLayerId: (await wordsOf(trx).givenIds(trx))['layers'] ?? 0,
    }
  })
}

/** Merges that have not ended: what they are at need not agree anywhere. */
export function mergesOf({ operations }: Rows): MergeInput[] {
  return operations.filter(({ kind }) => kind === 'merge').map(({ input }) => JSON.parse(input) as MergeInput)
}

/** Layers that an operation, which has not ended, is about to make or has just made. */
export function beingMade({ operations }: Rows): Set<LayerId> {
  const made = new Set<LayerId>()
  for (const { input } of operations) {
    const { layerId, disks } = JSON.parse(input) as { layerId?: LayerId; disks?: { layerId?: LayerId }[] }
    for (const id of [layerId, ...(disks ?? []).map(disk => disk.layerId)]) if (id !== undefined) made.add(id)
  }
  return made
}

/** From `top` down, as far as the rows go: where they end at nothing or go in a circle is another one's question. */
export function chainOf({ layers }: Rows, top: LayerId): LayerId[] {
  const chain: LayerId[] = []
  for (let at: LayerId | null = top; at !== null && !chain.includes(at); at = layers.get(at)?.parent_id ?? null) {
    if (!layers.has(at)) break
    chain.push(at)
  }
  return chain
}
