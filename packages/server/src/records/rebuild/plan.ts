/**
 * What a new database will say, made of the records and of the layers that are there. Layers tell of themselves what
 * they stand on, and are believed; records tell whose they are. What does not fit together is left out and named, and
 * every layer that nothing of this needs is kept: nothing is ever deleted because a record is missing.
 */
import type { LayerId } from '../../domain/layers.ts'
import type { AccountsRecord, ImageRecord, ServerRecord, SnapshotRecord, UndoRecord } from '../schema.ts'
import { findHeads, type Heads, type RunningChains } from './heads.ts'
import { highestIds } from './ids.ts'
import { planLayers } from './layers.ts'
import type { FoundRecords } from './read.ts'
import { planServer } from './servers.ts'
import { type FoundLayer, FoundTree } from './tree.ts'

export interface Found {
  readonly records: FoundRecords
  readonly layers: readonly FoundLayer[]
  /** Which of the linked images' files are there. */
  readonly linked: ReadonlySet<string>
  /** Of the servers that run: disk → chain. */
  readonly running: ReadonlyMap<number, RunningChains>
  /** Ids that were given and of which there is a trace in the folder, by table. */
  readonly traces: Readonly<Record<string, readonly number[]>>
}

export type PlannedAccount = AccountsRecord['accounts'][number]

export interface PlannedServer {
  readonly record: ServerRecord
  readonly isRunning: boolean
  /** Disk → its active layer. */
  readonly active: ReadonlyMap<number, LayerId>
  readonly snapshots: readonly SnapshotRecord[]
  readonly undo: UndoRecord | null
  readonly notes: readonly string[]
}

export interface PlannedLayer {
  readonly id: LayerId
  readonly parentId: LayerId | null
  readonly format: 'qcow2' | 'raw'
  readonly sizeBytes: number
  /** Path of an image that is used in place. */
  readonly file: string | null
  readonly isImage: boolean
  /** `kept`: nobody knows whose it is. */
  readonly state: 'live' | 'kept'
  readonly accountId: number | null
  readonly serverId: number | null
  /** Epoch ms. */
  readonly createdAt: number
  readonly allocatedBytes: number
}

export interface Plan {
  readonly accounts: readonly PlannedAccount[]
  readonly images: readonly ImageRecord[]
  readonly servers: readonly PlannedServer[]
  readonly layers: readonly PlannedLayer[]
  /** The highest id that was ever given, by table; the next ones are well above. */
  readonly highest: Readonly<Record<string, number>>
  /** What is left out, and why. */
  readonly problems: readonly string[]
}

export function makePlan(found: Found): Plan {
  const { records } = found
  const problems = [...records.problems]
  const images = records.images.filter(image => {
    const why = whyNotImage(image, found)
    if (why) problems.push(`Image ${image.id} (${image.name}): ${why}.`)
    return !why
  })
  const tree = new FoundTree(found.layers, images)
  const { heads, writers } = planHeads(found, tree, images, problems)
  const known = { tree, owners: ownersOf(records.servers), writers }
  const servers = [...heads].flatMap(([record, own]) => {
    const planned = planServer(record, own, found.running.has(record.id), known)
    if (typeof planned !== 'string') problems.push(...planned.problems)
    else problems.push(`Server ${record.id} (${record.name}): ${planned}.`)
    return typeof planned === 'string' ? [] : [planned.server]
  })
  for (const id of found.running.keys()) {
    if (records.servers.some(server => server.id === id)) continue
    problems.push(`Server ${id}: it runs, and there is no record of it.`)
  }
  const accounts = planAccounts(records.accounts.accounts, servers)
  return {
    accounts,
    images,
    servers,
    layers: planLayers(found, tree, images, servers),
    highest: highestIds(found),
    problems,
  }
}

function whyNotImage({ layer }: ImageRecord, { layers, linked }: Found): string | undefined {
  if (layer === null) return undefined
  if (layer.linked) return linked.has(layer.file) ? undefined : `its file ${layer.file} is not there`
  const file = layers.find(({ id }) => id === layer.id)
  return file?.format === layer.format ? undefined : `layer ${layer.id} is not there`
}

/** Who writes to which layer. Of two that would write to the same one, a machine that does so already has it. */
function planHeads({ records, running }: Found, tree: FoundTree, images: readonly ImageRecord[], problems: string[]) {
  const recorded = recordedLayers(records)
  const heads = new Map<ServerRecord, Heads>()
  const writers = new Map<LayerId, number>()
  const runningFirst = records.servers.toSorted((a, b) => Number(running.has(b.id)) - Number(running.has(a.id)))
  for (const record of runningFirst) {
    const hasImage = images.some(({ id }) => id === record.image.id)
    const own = hasImage
      ? findHeads(record, tree, id => recorded.has(id), running.get(record.id))
      : `its image ${record.image.id} is left out`
    if (typeof own === 'string') {
      problems.push(`Server ${record.id} (${record.name}): ${own}.`)
      continue
    }
    heads.set(record, own)
    for (const head of own.active.values()) if (!writers.has(head)) writers.set(head, record.id)
  }
  return { heads: new Map([...heads].sort(([a], [b]) => a.id - b.id)), writers }
}

/** What any record names: such a layer is nobody's newer head. */
function recordedLayers({ images, servers }: FoundRecords): Set<LayerId> {
  return new Set([
    ...images.flatMap(({ layer }) => (layer ? [layer.id] : [])),
    ...servers.flatMap(server => [...server.layers.map(({ id }) => id), ...topsOf(server)]),
  ])
}

function topsOf({ disks, snapshots, undo_point }: ServerRecord): LayerId[] {
  const all = [...disks, ...snapshots.flatMap(snapshot => snapshot.disks), ...(undo_point?.disks ?? [])]
  return all.map(({ layer }) => layer)
}

/** Layer → the accounts whose servers have it in a chain. */
function ownersOf(servers: readonly ServerRecord[]): Map<LayerId, Set<number>> {
  const owners = new Map<LayerId, Set<number>>()
  for (const { account, layers } of servers) {
    for (const { id } of layers) owners.set(id, (owners.get(id) ?? new Set()).add(account.id))
  }
  return owners
}

/** One that only a server's record names gets no more than its address. */
function planAccounts(accounts: readonly PlannedAccount[], servers: readonly PlannedServer[]): PlannedAccount[] {
  const byId = new Map(accounts.map(account => [account.id, account]))
  for (const { record } of servers) {
    const { id, email } = record.account
    if (byId.has(id)) continue
    const nothing = { first_name: '', last_name: '', company_name: '', is_admin: false }
    const quotas = { quota_servers: null, quota_snapshots: null, quota_bytes: null }
    byId.set(id, { id, email, created_at: record.created_at, ...nothing, ...quotas })
  }
  return [...byId.values()].sort((a, b) => a.id - b.id)
}
