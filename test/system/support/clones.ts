/** Servers that share layers: made, killed and looked at; and what must be true of a host that is at rest. */
import { strict as assert } from 'node:assert'
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import SQLite from 'better-sqlite3'
import type { Api, LayerView } from './api.ts'
import { chainOf } from './chains.ts'
import { checkImage, contentHash } from './content.ts'
import { machinesOf } from './machines.ts'
import { liftThrottle } from './merges.ts'
import type { Rig } from './rig.ts'
import { until } from './until.ts'

const execute = promisify(execFile)

/** From here on the tiny guest's file system is empty; nobody mounts it afterwards. */
const UNUSED_MB = 128

/** Its id; it runs. */
export async function cloneOf(rig: Rig, snapshotId: number, name = 'clone', of = rig.serverId): Promise<number> {
  const body = { snapshot_id: snapshotId, name, network: 'none', plan: { memory: 128 } }
  const path = `/servers/${of}/clone/`
  const reply = await rig.api.call<{ id: number; status: string }>('POST', path, body, { prefer: 'wait=60' })
  assert.deepEqual([reply.status, reply.body.status], [201, 'active'], JSON.stringify(reply.body))
  return reply.body.id
}

/** SIGKILL of its QEMU; resolves when the service has seen it. */
export async function killServer({ api, stateDir }: Rig, serverId: number): Promise<void> {
  const machine = (await machinesOf(stateDir)).find(({ name }) => name === `restpoint-${serverId}`)
  assert.ok(machine, `server ${serverId} does not run`)
  process.kill(machine.pid, 'SIGKILL')
  await until(`server ${serverId} is stopped`, async () => (await statusOf(api, serverId)) === 'stopped')
}

export async function statusOf(api: Api, serverId: number): Promise<string> {
  return (await api.get<{ status: string }>(`/servers/${serverId}/`)).status
}

/** Every layer of these servers, each once; lowest id first. */
export async function layersOf(api: Api, serverIds: readonly number[]): Promise<LayerView[]> {
  const found = new Map<number, LayerView>()
  for (const id of serverIds) for (const layer of await api.layers(id)) found.set(layer.id, layer)
  return [...found.values()].sort((a, b) => a.id - b.id)
}

/**
 * Fills so much of the disk of a server that does not run with one byte, as its guest might have. Later calls overwrite
 * what earlier ones wrote.
 */
export async function writeToHead(api: Api, serverId: number, megabytes: number, value: number): Promise<void> {
  const head = await headOf(api, serverId)
  await execute('qemu-io', ['-f', 'qcow2', '-c', `write -P ${value} ${UNUSED_MB}M ${megabytes}M`, head.path])
}

/** What the server writes to. */
export async function headOf(api: Api, serverId: number): Promise<LayerView> {
  const head = (await api.layers(serverId)).find(({ kind }) => kind === 'active')
  assert.ok(head)
  return head
}

export async function layerOfSnapshot(api: Api, serverId: number, snapshotId: number): Promise<LayerView> {
  const layer = (await api.layers(serverId)).find(({ snapshots }) => snapshots.some(({ id }) => id === snapshotId))
  assert.ok(layer, `server ${serverId} has no layer of snapshot ${snapshotId}`)
  return layer
}

/** Layer → what is read through it, of all snapshots and of the heads of servers that do not run. At rest only. */
export async function contentsOf(api: Api, serverIds: readonly number[]): Promise<Map<number, string>> {
  const hashes = new Map<number, string>()
  for (const id of serverIds) {
    const isStopped = (await statusOf(api, id)) === 'stopped'
    for (const layer of await api.layers(id)) {
      const isFixed = layer.kind === 'sealed' || layer.kind === 'undo' || (layer.kind === 'active' && isStopped)
      if (isFixed && !hashes.has(layer.id)) hashes.set(layer.id, await contentHash(layer.path))
    }
  }
  return hashes
}

/** What was there then and is still there reads the same. */
export function assertSame(now: ReadonlyMap<number, string>, then: ReadonlyMap<number, string>): void {
  const kept = [...then].filter(([id]) => now.has(id))
  assert.ok(kept.length > 0, 'nothing is left to compare')
  for (const [id, hash] of kept) assert.equal(now.get(id), hash, `the content of layer ${id} has changed`)
}

/**
 * Nothing is left to do, and no byte is kept that nobody needs: the folder of the layers holds exactly the files that the
 * database names, the trash is empty, chains in headers and database are the same, images are whole.
 */
export async function assertAtRest(rig: Rig, serverIds: readonly number[]): Promise<LayerView[]> {
  const { api, stateDir } = rig
  const folder = join(stateDir, 'guests')
  await until('garbage collection has nothing left to do', async () => {
    const rows = layerRows(stateDir)
    return rows.every(row => row.state === 'live') && (await layersOf(api, serverIds)).every(isSettled)
  })
  const layers = await layersOf(api, serverIds)
  const named = layerRows(stateDir).map(({ id }) => `${id}.qcow2`)
  assert.deepEqual(
    layers.map(({ path }) => basename(path)),
    named,
    'what the servers stand on = what the database names',
  )
  assert.deepEqual((await readdir(join(folder, 'layers'))).sort(), named.sort(), 'files = database')
  assert.deepEqual(await readdir(join(folder, 'trash')), [], 'the trash is empty')
  const benches = (await readdir(join(folder, 'machines'))).filter(name => name.startsWith('bench-'))
  assert.deepEqual(benches, [], 'no bench is left')
  for (const id of serverIds) await assertChain(api, id)
  for (const layer of layers) if (layer.kind !== 'active') await checkImage(layer.path)
  return layers
}

/** Garbage that two needed layers stand on has to stay. */
function isSettled({ kind, merge }: LayerView): boolean {
  return kind !== 'garbage' || merge?.waits_for?.endsWith('layers stand on it') === true
}

async function assertChain(api: Api, serverId: number): Promise<void> {
  const chain = chainOf(await api.layers(serverId))
  const top = chain[0]?.path as string
  const { stdout } = await execute('qemu-img', ['info', '-U', '--backing-chain', '--output=json', top])
  const headers = (JSON.parse(stdout) as { filename: string }[]).map(image => basename(image.filename))
  assert.deepEqual(
    headers,
    chain.map(layer => basename(layer.path)),
    `server ${serverId}: headers = database`,
  )
}

function layerRows(stateDir: string): { id: number; state: string }[] {
  return query(stateDir, db => db.prepare('select id, state from layers order by id').all()) as never
}

/** Beside the service, in its own database. */
export function query<Value>(stateDir: string, work: (db: SQLite.Database) => Value): Value {
  const db = new SQLite(join(stateDir, 'restpoint.db'))
  try {
    db.pragma('busy_timeout = 10000')
    return work(db)
  } finally {
    db.close()
  }
}

/** Waits for a merge that copies, in whichever QEMU; tells which operation it is. */
export async function mergeUnderWay({ api }: Rig): Promise<number> {
  for (const deadline = Date.now() + 60_000; ; await sleep(5)) {
    const found = await copyingMerge(api)
    if (found !== undefined) return found
    assert.ok(Date.now() < deadline, `no merge copies: ${JSON.stringify(await unendedMerges(api))}`)
  }
}

/** The operation's id. */
export async function copyingMerge(api: Api): Promise<number | undefined> {
  const { results } = await api.get<{ results: { id: number; kind: string; step: string; progress: number }[] }>(
    '/operations/?status=running',
  )
  return results.find(({ kind, step, progress }) => kind === 'merge' && step === 'copy' && progress > 0.01)?.id
}

export interface MergeView {
  readonly id: number
  readonly kind: string
  readonly status: string
  readonly waits_for: string | null
}

export async function unendedMerges(api: Api): Promise<MergeView[]> {
  const { results } = await api.get<{ results: MergeView[] }>('/operations/?limit=50')
  return results.filter(({ kind, status }) => kind === 'merge' && ['queued', 'running', 'waiting'].includes(status))
}

/** At full speed until nothing is merged any more. */
export async function hurryAll({ api, stateDir }: Rig): Promise<void> {
  for (const deadline = Date.now() + 60_000; (await unendedMerges(api)).length > 0; await sleep(50)) {
    assert.ok(Date.now() < deadline, `merges do not end: ${JSON.stringify(await unendedMerges(api))}`)
    await liftThrottle(stateDir)
  }
}
