/**
 * Servers that share layers, under random requests, deaths of machines and deaths of the service, compared with a model
 * that knows nothing of layers: whatever garbage collection does, every server and every snapshot holds what it must,
 * and in the end no layer stays that nobody needs.
 *
 * Short by default; RESTPOINT_TEST_RUNS=2000 for a longer search. On a failure fast-check prints the seed and the
 * shortest sequence that still fails.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Failure } from '../../src/errors.ts'
import { CloneHost, type Contents, IMAGE, SLOTS } from '../support/clone-host.ts'
import { testOn } from '../support/databases.ts'

const RUNS = Number(process.env['RESTPOINT_TEST_RUNS'] ?? 25)
const MAX_SERVERS = 3
const MAX_SNAPSHOTS = 5

type Writable = Map<number, Map<number, number>>

interface ModelServer {
  head: Contents
  undo: Contents | null
  /** An operation under way: what it will have come to. */
  pending: { readonly operationId: number; apply(): void } | null
}

interface Model {
  readonly servers: Map<number, ModelServer>
  /** Completed ones. */
  readonly snapshots: Map<number, { readonly serverId: number; readonly contents: Contents }>
}

const action = fc.record({
  kind: fc.constantFrom(
    ...['write', 'write', 'write', 'snapshot', 'snapshot', 'deleteSnapshot', 'deleteSnapshot', 'deleteSnapshot'],
    ...['restore', 'undo', 'start', 'start', 'stop', 'stop', 'clone', 'clone', 'deleteServer'],
    ...['kill', 'crash', 'crash', 'hold', 'release', 'pause', 'await', 'tomorrow'],
  ),
  /** Which server, which snapshot; modulo what there is. */
  which: fc.nat(),
  block: fc.integer({ min: 0, max: 7 }),
  value: fc.integer({ min: 1, max: 255 }),
  /** How many turns of the event loop pass afterwards. */
  turns: fc.integer({ min: 0, max: 40 }),
})
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never

class Run {
  readonly host: CloneHost
  readonly model: Model = { servers: new Map(), snapshots: new Map() }

  constructor(host: CloneHost) {
    this.host = host
  }

  pick<Value>(values: Iterable<Value>, which: number): Value | undefined {
    const all = [...values]
    return all[which % all.length]
  }

  /** A server without an operation under way. */
  async server(which: number): Promise<[number, ModelServer] | undefined> {
    const found = this.pick(this.model.servers, which)
    if (!found) return undefined
    await this.awaitServer(found[1])
    return this.model.servers.has(found[0]) ? found : undefined
  }

  async awaitServer(server: ModelServer): Promise<void> {
    const { pending } = server
    if (!pending) return
    assert.equal(await this.host.ended(pending.operationId), 'completed')
    server.pending = null
    pending.apply()
  }

  async awaitAll(): Promise<void> {
    for (const server of [...this.model.servers.values()]) await this.awaitServer(server)
  }

  async act({ kind, which, block, value }: Action): Promise<void> {
    const { host, model } = this
    const { controls } = host.memory
    if (kind === 'hold') return controls.holdMerges()
    if (kind === 'release') return controls.releaseMerges()
    if (kind === 'crash') return host.crash()
    if (kind === 'pause') return
    if (kind === 'await') return this.awaitAll()
    if (kind === 'tomorrow') {
      await this.awaitAll()
      host.passTime(25 * 3600_000)
      for (const server of model.servers.values()) server.undo = null
      return
    }
    if (kind === 'kill') {
      const id = this.pick(model.servers.keys(), which)
      if (id !== undefined) controls.crash(id)
      return
    }
    if (kind === 'deleteSnapshot') {
      const id = this.pick(model.snapshots.keys(), which)
      if (id === undefined) return
      model.snapshots.delete(id)
      return host.deleteSnapshot(id)
    }
    if (kind === 'restore' || kind === 'clone') return this.fromSnapshot(kind, which)
    const found = await this.server(which)
    if (!found) return
    const [id, server] = found
    if (kind === 'write') return this.write(id, server, which % 2, block, value)
    if (kind === 'snapshot') {
      if (model.snapshots.size >= MAX_SNAPSHOTS) return
      const { snapshotId, operationId } = await host.snapshot(id)
      const contents = server.head
      server.pending = { operationId, apply: () => model.snapshots.set(snapshotId, { serverId: id, contents }) }
    } else if (kind === 'undo') {
      const { undo, head } = server
      if (!undo) return
      const { operationId } = await host.undo(id)
      server.pending = { operationId, apply: () => Object.assign(server, { head: undo, undo: head }) }
    } else if (kind === 'start' || kind === 'stop') {
      // The watcher may not have seen yet what became of it.
      const request = await host.power(kind, id).catch(refused)
      if (request) server.pending = { operationId: request.operationId, apply: () => {} }
    } else if (kind === 'deleteServer' && model.servers.size > 1) {
      const { operationId } = await host.deleteServer(id)
      for (const [snapshotId, { serverId }] of model.snapshots) if (serverId === id) model.snapshots.delete(snapshotId)
      server.pending = { operationId, apply: () => model.servers.delete(id) }
    }
  }

  async fromSnapshot(kind: 'restore' | 'clone', which: number): Promise<void> {
    const { host, model } = this
    const found = this.pick(model.snapshots, which)
    if (!found) return
    const [snapshotId, { serverId, contents }] = found
    const server = model.servers.get(serverId) as ModelServer
    if (kind === 'clone') {
      if (model.servers.size >= MAX_SERVERS) return
      const made = await host.clone(serverId, snapshotId)
      const pending = { operationId: made.operationId, apply: () => {} }
      model.servers.set(made.serverId, { head: contents, undo: null, pending })
      return
    }
    await this.awaitServer(server)
    if (!model.servers.has(serverId)) return
    const { head } = server
    const { operationId } = await host.restore(snapshotId)
    server.pending = { operationId, apply: () => Object.assign(server, { head: contents, undo: head }) }
  }

  async write(id: number, server: ModelServer, slot: number, block: number, value: number): Promise<void> {
    if (!(await this.host.isRunning(id))) return
    this.host.memory.controls.write(id, slot, block, value)
    const head: Writable = new Map([...server.head].map(([at, blocks]) => [at, new Map(blocks)]))
    head.get(slot)?.set(block, value)
    server.head = head
  }

  /** What nobody is changing holds what it must, at any moment. */
  async verify(): Promise<void> {
    const { host, model } = this
    for (const [id, { contents }] of model.snapshots) {
      assert.deepEqual(plain(await host.contentsOfSnapshot(id)), plain(contents), `snapshot ${id}`)
    }
    for (const [id, { head, pending }] of model.servers) {
      if (pending) continue
      assert.deepEqual(plain(await host.contentsOfHead(id)), plain(head), `server ${id}`)
    }
  }

  async verifyAtRest(): Promise<void> {
    await this.awaitAll()
    await this.verify()
    for (const id of this.model.servers.keys()) await this.host.verifyChains(id)
  }

  /** All servers stopped, nothing kept but one snapshot: then no layer stays that nobody needs. */
  async clear(which: number): Promise<void> {
    const { host, model } = this
    await this.verifyAtRest()
    await host.settle()
    await this.verifyAtRest()
    const kept = this.pick(model.snapshots.keys(), which)
    for (const id of [...model.snapshots.keys()].filter(one => one !== kept)) {
      model.snapshots.delete(id)
      await host.deleteSnapshot(id)
    }
    for (const [id, server] of model.servers) {
      const request = await host.power('stop', id).catch(refused)
      if (request) server.pending = { operationId: request.operationId, apply: () => {} }
    }
    await this.awaitAll()
    host.passTime(25 * 3600_000)
    const waiting = await host.settle()
    await this.verifyAtRest()
    await host.verifyFiles()
    assert.deepEqual(await host.unendedMerges(), [], 'merges that did not end')
    for (const reason of waiting.values()) assert.match(reason, /layers stand on it/)
  }
}

/** A guest cannot tell a block of zeroes from none. */
function plain(contents: Contents): unknown {
  return [...contents]
    .sort(([a], [b]) => a - b)
    .map(([slot, blocks]) => [slot, [...blocks].filter(([, value]) => value !== 0).sort(([a], [b]) => a - b)])
}

function refused(error: unknown): undefined {
  if (error instanceof Failure && ['server_wrong_state', 'server_busy'].includes(error.code)) return undefined
  throw error
}

/** Three snapshots of a server, the second of which a clone stands on. */
const beginning: readonly Pick<Action, 'kind'>[] = [
  ...['write', 'snapshot', 'write', 'snapshot', 'await', 'clone', 'write', 'snapshot', 'await'].map(kind => ({ kind })),
]

testOn(
  'sqlite',
  'servers that share layers keep what they hold, whatever happens, and nothing else stays',
  async () => {
    const actions = fc.array(action, { maxLength: 40, size: 'max' })
    /** Turns of the event loop that calls of the driver take, one after the other. */
    const delays = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 20, size: 'max' })
    await fc.assert(
      fc.asyncProperty(actions, delays, fc.nat(), async (actions, delays, kept) => {
        let calls = 0
        const pass = async (turns: number) => {
          for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
        }
        const host = await CloneHost.open('sqlite', () => pass(delays[calls++ % delays.length] as number))
        try {
          const run = new Run(host)
          const { serverId, operationId } = await host.addServer()
          const head = new Map(SLOTS.map(slot => [slot, slot === 0 ? IMAGE : new Map<number, number>()]))
          run.model.servers.set(serverId, { head, undo: null, pending: { operationId, apply: () => {} } })
          for (const { kind } of beginning) await run.act({ kind, which: 0, block: 0, value: 0, turns: 0 })
          for (const one of actions) {
            await run.act(one)
            await pass(one.turns)
            await run.verify()
          }
          await run.clear(kept)
        } finally {
          await host.close()
        }
      }),
      { numRuns: RUNS },
    )
  },
)
