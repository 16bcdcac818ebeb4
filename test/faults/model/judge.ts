/**
 * Safety: nothing is ever wrong. Looks at the database at one instant and at the disks in the same one, learns what was
 * accepted and what came of it, and compares everything with the model.
 */
import type { MemoryControls } from '../../../packages/server/src/drivers/memory/controls.ts'
import { BLOCKS, type Contents, textOf } from './contents.ts'
import { SNAPSHOT_LIMIT } from './life.ts'
import { isOneOf, type Model, type ModelOperation, type ModelServer, must, Wrong } from './model.ts'
import { isUnended, type OperationRow, type Picture, readThrough } from './picture.ts'
import { claim, isOwn, markOf } from './wishes.ts'

export interface Scene {
  readonly model: Model
  readonly controls: MemoryControls
  readonly now: () => number
  /** Account ids, by index. */
  readonly accounts: readonly number[]
  /** The disks are looked at in the same instant as the database. */
  readonly isInstant: boolean
  /** What was certain before it was looked at: snapshots whose deletion was answered, servers that nobody asked anything of. */
  readonly before: { readonly deleted: ReadonlySet<number>; readonly askedFor: ReadonlySet<number> }
}

const beginning = ['snapshot_restore', 'server_undo', 'server_create', 'server_clone']

export function judge(scene: Scene, picture: Picture): void {
  learnSnapshots(scene, picture)
  for (const row of picture.operations) {
    const known = scene.model.operations.get(row.id) ?? accept(scene, picture, row)
    if (isUnended(known)) follow(scene, picture, row, known)
    else must(row.status === known.status, () => `operation ${row.id} was ${known.status} and is ${row.status}`)
  }
  checkSnapshots(scene, picture)
  checkLimit(scene, picture)
  for (const server of scene.model.servers.values()) {
    checkServer(scene, picture, server)
    if (!server.isDeleted) checkGuest(scene, server)
  }
}

function accept({ model, accounts }: Scene, picture: Picture, row: OperationRow): ModelOperation {
  const account = accounts.indexOf(row.account_id)
  const wish = isOwn(row, model) ? null : claim(model, row, markOf(row, picture), account)
  const { id, kind } = row
  const serverId = row.server_id ?? 0
  const known = picture.servers.find(one => one.id === serverId)
  if (kind === 'server_create' || kind === 'server_clone') {
    const common = { undo: null, isDeleted: false, generation: null, agent: ['present'] }
    model.servers.set(serverId, { id: serverId, account, name: known?.name ?? '', timelines: new Map(), ...common })
  }
  const begins = model.beginsOf(row, known?.generation_id ?? null)
  const server = model.servers.get(serverId)
  if (begins) server?.timelines.set(begins.generation, { versions: [begins.contents] })
  if (kind === 'server_delete' && server) {
    server.isDeleted = true
    for (const snapshot of model.snapshots.values()) if (snapshot.serverId === serverId) snapshot.deletion = 'answered'
  }
  const operation = { id, kind, wish, begins, jumps: model.jumps, status: 'queued' }
  model.operations.set(id, operation)
  return operation
}

function follow(scene: Scene, picture: Picture, row: OperationRow, operation: ModelOperation): void {
  operation.status = row.status
  if (isUnended(row)) return
  const server = scene.model.servers.get(row.server_id ?? 0)
  if (!server || row.status !== 'completed') return
  const { begins } = operation
  if (begins) {
    if (server.generation !== null) server.undo = undoAfter(scene, picture, server, operation)
    server.generation = begins.generation
  }
  if (row.kind === 'snapshot_create') seal(scene, picture, server, row, operation)
}

function undoAfter(
  { model }: Scene,
  { undo, operations }: Picture,
  server: ModelServer,
  { id, jumps }: ModelOperation,
): ModelServer['undo'] {
  const contents = model.newest(server)
  const row = undo.find(one => one.operation_id === id)
  if (row) return { contents, until: row.expires_at }
  const isOlder = operations.some(one => one.server_id === server.id && one.id > id && beginning.includes(one.kind))
  const mayBeGone = isOlder || jumps < model.jumps || server.isDeleted
  must(mayBeGone, () => `operation ${id} has completed, and server ${server.id} has nothing to undo`)
  return isOlder ? { contents, until: Number.POSITIVE_INFINITY } : null
}

/** It holds what the server held at one instant after it was asked for, on all disks. */
function seal(scene: Scene, picture: Picture, server: ModelServer, row: OperationRow, operation: ModelOperation): void {
  const { model, controls } = scene
  const snapshot = model.snapshots.get(row.snapshot_id ?? 0)
  if (!snapshot || snapshot.deletion !== 'not asked') return
  const found = readThrough(picture.sealed, snapshot.id, controls.contents)
  const allowed = model.mayHold(server, operation.wish?.marks ?? new Map())
  const contents = isOneOf(found, allowed)
  const told = () => allowed.map(textOf).join(' or ')
  must(contents !== undefined, () => `snapshot ${snapshot.id} holds ${found}; the server held ${told()}`)
  snapshot.contents = contents as Contents
  const receipt = JSON.parse(picture.snapshots.find(({ id }) => id === snapshot.id)?.receipt ?? '{}')
  if (receipt.achieved !== 'filesystem') return
  const mayBe = server.agent.slice(operation.wish?.agentMark ?? 0).includes('present')
  must(mayBe, () => `snapshot ${snapshot.id} is said to be consistent; the agent was ${server.agent.at(-1)}`)
}

function learnSnapshots({ model, accounts }: Scene, { snapshots }: Picture): void {
  for (const { id, server_id: serverId, account_id, name, status } of snapshots) {
    if (model.snapshots.has(id)) continue
    const account = accounts.indexOf(account_id)
    model.snapshots.set(id, { id, serverId, account, name, status, contents: null, deletion: deletionOf(model, id) })
  }
}

/** Nobody knows its id before it is seen, but who has asked in the same moment as it was. */
function deletionOf(model: Model, id: number): 'asked' | 'not asked' {
  return model.wishes.some(wish => wish.action === 'delete' && wish.snapshotId === id) ? 'asked' : 'not asked'
}

const mayFollow: Readonly<Record<string, readonly string[]>> = {
  in_progress: ['in_progress', 'completed', 'failed'],
  completed: ['completed'],
  failed: ['failed'],
}

function checkSnapshots({ model, controls, isInstant, before }: Scene, picture: Picture): void {
  for (const row of picture.snapshots) {
    const snapshot = model.snapshots.get(row.id)
    if (!snapshot) continue
    const { id, status, deletion } = snapshot
    must(mayFollow[status]?.includes(row.status) === true, () => `snapshot ${id} was ${status} and is ${row.status}`)
    snapshot.status = row.status
    const isGone = row.deleted_at !== null
    must(isGone || !before.deleted.has(id), () => `snapshot ${id} is there, and its deletion was answered`)
    if (isGone && row.status !== 'failed') {
      must(deletion !== 'not asked', () => `snapshot ${id} is gone, and nobody has asked for that`)
    }
    if (isGone || snapshot.contents === null || (!isInstant && deletion !== 'not asked')) continue
    const found = readThrough(picture.sealed, id, controls.contents)
    const held = textOf(snapshot.contents)
    must(found === held, () => `snapshot ${id} held ${held} and holds ${found}`)
  }
}

function checkLimit({ model }: Scene, { snapshots }: Picture): void {
  for (const { id } of model.live()) {
    const count = snapshots.filter(one => one.server_id === id && one.deleted_at === null && one.status !== 'failed')
    must(count.length <= SNAPSHOT_LIMIT, () => `server ${id} has ${count.length} snapshots`)
  }
}

function checkServer(scene: Scene, picture: Picture, server: ModelServer): void {
  const row = picture.servers.find(one => one.id === server.id)
  const { id } = server
  must(row !== undefined, () => `server ${id} is not in the database`)
  must((row?.deleted_at !== null) === server.isDeleted, () => `server ${id} is gone, and nobody has asked for that`)
  const lane = picture.operations.filter(one => one.server_id === id && one.kind !== 'merge' && isUnended(one))
  must(lane.filter(one => one.status === 'running').length < 2, () => `server ${id} has two operations at once`)
  const isCalm = lane.length === 0 && (scene.isInstant || !scene.before.askedFor.has(id))
  if (server.isDeleted || server.generation === null || !isCalm) return
  const { generation } = server
  must(row?.generation_id === generation, () => `server ${id} is ${row?.generation_id} and should be ${generation}`)
  const found = readThrough(picture.heads, id, scene.controls.contents)
  const held = textOf(scene.model.newest(server))
  must(found === held, () => `the disks of server ${id} hold ${found}; it has written ${held}`)
  checkUndo(scene, picture, server)
}

function checkUndo({ controls, now }: Scene, picture: Picture, { id, undo }: ModelServer): void {
  const rows = picture.undo.filter(one => one.owner === id && one.expires_at > now())
  must(new Set(rows.map(one => one.operation_id)).size <= 1, () => `server ${id} has two undo points`)
  const isThere = undo !== null && undo.until > now()
  must(isThere === rows.length > 0, () => `server ${id} should ${isThere ? '' : 'not '}have something to undo`)
  if (!undo || !isThere) return
  const found = readThrough(rows, id, controls.contents)
  const held = textOf(undo.contents)
  must(found === held, () => `the undo point of server ${id} held ${held} and holds ${found}`)
}

/** What the guest itself reads, at any moment. */
function checkGuest({ model, controls, isInstant, before }: Scene, server: ModelServer): void {
  const running = startedOf(controls, server.id)
  if (!running) return
  // What has begun since it was looked at is not known yet.
  const mayBeNew = !isInstant && before.askedFor.has(server.id)
  if (mayBeNew && !server.timelines.has(running.generationId)) return
  const read = (slot: number) =>
    new Map(Array.from({ length: BLOCKS }, (_, block) => [block, controls.read(server.id, slot, block)]))
  const found = textOf(new Map(running.disks.map(({ slot }) => [slot, read(slot)])))
  const held = textOf(model.newest(server, running.generationId))
  must(found === held, () => `the guest of server ${server.id} reads ${found}; it has written ${held}`)
}

export function startedOf(controls: MemoryControls, serverId: number) {
  try {
    return controls.started(serverId)
  } catch {
    return undefined
  }
}

/** To be called before the database is looked at. */
export function certainOf({ wishes, snapshots }: Model): Scene['before'] {
  const open = wishes.filter(({ tries }) => tries.some(({ answer }) => answer === null))
  const deleted = [...snapshots.values()].filter(({ deletion }) => deletion === 'answered')
  return {
    deleted: new Set(deleted.map(({ id }) => id)),
    askedFor: new Set(open.flatMap(({ serverId }) => serverId ?? [])),
  }
}

/** For what cannot even be read. */
export function asWrong(error: unknown): Wrong {
  return error instanceof Wrong
    ? error
    : new Wrong(error instanceof Error ? (error.stack ?? error.message) : String(error))
}
