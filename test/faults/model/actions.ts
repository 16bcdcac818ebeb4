/** What may happen in a sequence, one line each: what people ask for, what guests write, what breaks. */
import fc from 'fast-check'
import { BLOCKS, SLOTS, written } from './contents.ts'
import { startedOf } from './judge.ts'
import { RESERVE_BYTES, SNAPSHOT_LIMIT } from './life.ts'
import type { ModelServer, ModelSnapshot } from './model.ts'
import { send, sendAgain, type Wanted } from './send.ts'
import type { World } from './world.ts'

/** Which server, snapshot, fault: modulo what there is. */
export interface Action {
  readonly kind: string
  readonly which: number
  readonly other: number
  readonly value: number
  /** Turns of the event loop that pass afterwards, and time, ms. */
  readonly turns: number
  readonly ms: number
}

type Act = (world: World, action: Action) => Promise<void> | void

const people = [
  ...['create', 'create', 'create', 'burst', 'twice', 'twice', 'cutOff', 'cutOff', 'cutOff', 'restore', 'restore'],
  ...['undo', 'undo', 'delete', 'delete', 'delete', 'clone', 'make', 'deleteServer', 'start', 'start', 'stop'],
  ...['reboot', 'rename', 'again', 'again', 'again', 'list', 'look', 'pry', 'write', 'write', 'write', 'write'],
]
const faults = [
  ...['failOnce', 'failOnce', 'loseReply', 'loseReply', 'failForAWhile', 'kill', 'kill', 'killAt', 'killAt', 'killAt'],
  ...['machineDies', 'machineDies', 'hostDies', 'agent', 'full', 'space', 'paused', 'hold', 'release', 'occupy'],
  ...['database', 'database', 'tomorrow', 'mend', 'mend'],
]

export const action: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom(...people, ...people, ...faults),
  which: fc.nat({ max: 1000 }),
  other: fc.nat({ max: 1000 }),
  value: fc.integer({ min: 1, max: 255 }),
  turns: fc.nat({ max: 40 }),
  ms: fc.constantFrom(0, 0, 0, 0, 300, 2000, 12_000),
})

export async function act(world: World, one: Action): Promise<void> {
  const { kind, which, other, value } = one
  world.trace.push(`${kind} ${which} ${other} ${value}`)
  await acts[kind]?.(world, one)
}

function pick<Value>(all: readonly Value[], which: number): Value | undefined {
  return all[which % all.length]
}

const serverOf = ({ model }: World, { which }: Action): ModelServer | undefined => pick(model.live(), which)
const snapshotOf = ({ model }: World, { which }: Action): ModelSnapshot | undefined => pick(model.kept(), which)

/** Half of the requests carry a key. */
const keyOf = ({ other }: Action) => other % 2 === 0

function ofServer(world: World, one: Action, action: string, wanted: (server: ModelServer) => Omit<Wanted, 'account'>) {
  const server = serverOf(world, one)
  if (!server) return
  void send(world, action, { account: server.account, serverId: server.id, hasKey: keyOf(one), ...wanted(server) })
}

const power =
  (name: string): Act =>
  (world, one) =>
    ofServer(world, one, name, ({ id }) => {
      return { method: 'POST', path: `servers/${id}/${name}/`, mark: `server_${name} ${id}` }
    })

const create: Act = (world, one) =>
  ofServer(world, one, 'create', ({ id }) => {
    const name = world.newName('s')
    const query = one.value % 8 === 0 ? '?consistency=filesystem' : ''
    const body = { server_id: id, name }
    return { method: 'POST', path: `snapshots/${query}`, body, mark: `snapshot_create ${id} ${name}` }
  })

const MAX_SERVERS = 4

const acts: Readonly<Record<string, Act>> = {
  create,
  /** More than a server may have, at once. */
  burst: async (world, one) => {
    for (let n = 0; n <= SNAPSHOT_LIMIT; n++) await create(world, one)
  },
  /** As a client does that has not waited long enough. */
  twice: async (world, one) => {
    await create(world, { ...one, other: 0 })
    sendAgain(world, -1)
  },
  /** The service is killed somewhere in a request; the client knows nothing and asks again. */
  cutOff: async (world, one) => {
    const before = world.model.wishes.length
    await create(world, { ...one, other: 0 })
    if (world.model.wishes.length === before) return
    world.life.dieAt(1 + (one.which % 70))
    await world.store.settle()
    if (world.life.isDead) world.strike('the service is killed', 'a request', 'any effect')
    world.life.mend()
    await world.boot()
    sendAgain(world, -1)
  },
  restore: (world, one) => {
    const snapshot = snapshotOf(world, one)
    if (!snapshot) return
    const { id, serverId, account } = snapshot
    const mark = `snapshot_restore ${id}`
    void send(world, 'restore', {
      ...{ account, serverId, snapshotId: id, hasKey: keyOf(one), mark },
      ...{ method: 'POST', path: `snapshots/${id}/restore/` },
    })
  },
  undo: power('undo'),
  start: power('start'),
  stop: power('stop'),
  reboot: power('reboot'),
  /** Also one that is being taken. */
  delete: (world, one) => {
    const { snapshots, servers } = world.model
    const all = [...snapshots.values()].filter(({ deletion, serverId }) => {
      return deletion !== 'answered' && servers.get(serverId)?.isDeleted === false
    })
    const snapshot = pick(all, one.which)
    if (!snapshot) return
    const { id, serverId, account } = snapshot
    snapshot.deletion = 'asked'
    const path = `snapshots/${id}/`
    void send(world, 'delete', { account, serverId, snapshotId: id, hasKey: false, mark: null, method: 'DELETE', path })
  },
  clone: (world, one) => {
    const snapshot = snapshotOf(world, one)
    if (!snapshot || world.model.live().length >= MAX_SERVERS) return
    const { id, account } = snapshot
    const server = pick(world.model.live(account), one.other)
    if (!server) return
    const name = world.newName('clone')
    const body = { snapshot_id: id, name, network: 'none' }
    void send(world, 'clone', {
      ...{ account, serverId: server.id, snapshotId: id, hasKey: keyOf(one), body, mark: `server_clone ${name}` },
      ...{ method: 'POST', path: `servers/${server.id}/clone/` },
    })
  },
  make: (world, one) => {
    if (world.model.live().length >= MAX_SERVERS) return
    makeServer(world, one.which % 2, keyOf(one))
  },
  deleteServer: (world, one) => {
    const server = pick(world.model.live(), one.which)
    if (!server || world.model.live().length < 3) return
    const { id, account } = server
    const path = `servers/${id}/?with_snapshots=true`
    for (const snapshot of world.model.snapshots.values()) {
      if (snapshot.serverId === id && snapshot.deletion === 'not asked') snapshot.deletion = 'asked'
    }
    const mark = `server_delete ${id}`
    void send(world, 'delete a server', { account, serverId: id, hasKey: false, mark, method: 'DELETE', path })
  },
  rename: (world, one) =>
    ofServer(world, one, 'rename', ({ id }) => {
      const body = { location: `place-${one.value}` }
      return { method: 'PATCH', path: `servers/${id}/`, body, mark: null, hasKey: false }
    }),
  again: (world, one) => sendAgain(world, one.which),
  list: (world, { which }) => {
    const [account, path] = [which % 2, which % 4 < 2 ? 'snapshots/' : 'servers/']
    void send(world, 'list', { account, serverId: null, hasKey: false, mark: null, method: 'GET', path })
  },
  look: (world, one) =>
    ofServer(world, one, 'look', ({ id }) => {
      return {
        method: 'GET',
        path: one.value % 2 === 0 ? `servers/${id}/` : `servers/${id}/layers/`,
        mark: null,
        hasKey: false,
      }
    }),
  /** Another account's. */
  pry: (world, one) => {
    const server = serverOf(world, one)
    const snapshot = snapshotOf(world, one)
    if (!server) return
    const calls = [
      { method: 'GET', path: `servers/${server.id}/` },
      { method: 'POST', path: `servers/${server.id}/stop/` },
      { method: 'DELETE', path: `servers/${server.id}/?with_snapshots=true` },
      { method: 'POST', path: 'snapshots/', body: { server_id: server.id, name: 'pry' } },
    ] as const
    const ofSnapshot = [
      { method: 'GET', path: `snapshots/${snapshot?.id}/` },
      { method: 'DELETE', path: `snapshots/${snapshot?.id}/` },
      { method: 'POST', path: `snapshots/${snapshot?.id}/restore/` },
    ] as const
    const chosen = pick(snapshot ? [...calls, ...ofSnapshot] : calls, one.other) ?? calls[0]
    const owner = chosen.path.startsWith('snapshots/') && snapshot && !('body' in chosen) ? snapshot : server
    const common = { account: 1 - owner.account, serverId: null, hasKey: false, mark: null }
    void send(world, 'pry', { ...common, ...chosen })
  },

  write: ({ model, controls }, { which, other, value }) => {
    const server = pick(model.live(), which)
    const running = server && startedOf(controls, server.id)
    if (!server || !running) return
    const [slot, block] = [other % SLOTS.length, other % BLOCKS]
    try {
      controls.write(server.id, slot, block, value)
    } catch {
      return // frozen, or paused
    }
    model.write(server, running.generationId, written(model.newest(server, running.generationId), slot, block, value))
  },

  failOnce: (world, one) => fail(world, 'a call fails once', 'before', one),
  loseReply: (world, one) => fail(world, 'the reply is lost', 'after', one),
  failForAWhile: (world, one) => {
    world.controls.faults.clear()
    world.nameStrike('a call fails for a while')
    const method = pick(methods, one.which) as Method
    world.controls.faults.fail({ method, when: one.value % 2 === 0 ? 'before' : 'after', forever: true })
  },
  kill: world => world.kill('the service is killed'),
  killAt: ({ life }, { which }) => life.dieAt(1 + (which % 120)),
  machineDies: (world, one) => {
    const server = serverOf(world, one)
    if (!server || !startedOf(world.controls, server.id)) return
    world.strike('the machine dies', world.underWay(server.id).join(' and '), 'any moment')
    world.controls.crash(server.id)
  },
  hostDies: world => {
    world.strike('the host loses its power', world.underWay().join(' and '), 'any moment')
    world.controls.endHost()
    world.life.die()
  },
  agent: (world, one) => {
    const server = serverOf(world, one)
    const mode = pick(['present', 'absent', 'silent', 'failing', 'slow', 'thaws_early'] as const, one.other)
    if (!server || !mode) return
    if (mode !== 'present')
      world.strike(`the guest agent is ${agentWords[mode]}`, world.underWay(server.id)[0] ?? '', 'the freeze')
    server.agent.push(mode)
    world.controls.setAgent(server.id, mode)
  },
  full: world => {
    world.strike('the disk is full', world.underWay().join(' and '), 'any moment')
    world.controls.setFreeBytes(RESERVE_BYTES - 1)
  },
  space: world => world.controls.setFreeBytes(1024 ** 4),
  paused: (world, one) => {
    const server = serverOf(world, one)
    if (!server || !startedOf(world.controls, server.id)) return
    world.strike('the guest stops for want of space', world.underWay(server.id).join(' and '), 'any moment')
    world.controls.pause(server.id, 'no space is left on the host')
  },
  hold: ({ controls }) => controls.holdMerges(),
  release: ({ controls }) => controls.releaseMerges(),
  occupy: (world, one) => {
    const layer = pick(world.controls.layerIds(), one.which)
    if (layer === undefined) return
    world.strike('something outside has a layer open', world.underWay().join(' and '), 'any moment')
    world.controls.occupy(layer, 'a backup reads it')
  },
  database: (world, one) => loseDatabase(world, one),
  tomorrow: ({ model, time }) => {
    model.jumps++
    time.jump(25 * 3600_000)
  },
  mend: world => mend(world),
}

const agentWords = { absent: 'absent', silent: 'hung', failing: 'failing', slow: 'slow', thaws_early: 'lying' } as const

/** What operations call; what requests call answers or the host is not there at all. */
const methods = [
  ...(['createLayer', 'attach', 'cut', 'detach', 'halt', 'start', 'stop', 'reboot', 'resume', 'inspect'] as const),
  ...(['discardLayer', 'copyMerge', 'flushMerge', 'pivotMerge', 'cancelMerge', 'readChain', 'forget'] as const),
]
type Method = (typeof methods)[number]

function fail(world: World, name: string, when: 'before' | 'after', { which, value }: Action): void {
  world.controls.faults.clear()
  world.nameStrike(name)
  world.controls.faults.fail({ method: pick(methods, which) as Method, when, skip: value % 3 })
}

async function loseDatabase(world: World, { which, value }: Action): Promise<void> {
  world.hadTrouble = true
  const { link } = world.life
  const during = world.underWay().join(' and ')
  if (!link) {
    world.strike("the database's disk is full", during, 'any statement')
    return world.life.failStatement(1 + (which % 60))
  }
  const how = value % 4
  if (how === 0) {
    world.strike('every connection to the database ends', during, 'any moment')
    return world.store.endConnections()
  }
  if (how === 1) {
    world.strike('the database is away', during, 'any moment')
    await link.down()
    await world.turns(40)
    return link.up()
  }
  const loss = how === 2 ? 'before it arrives' : 'after it was done'
  world.strike(`a question to the database is lost ${loss}`, during, 'any statement')
  link.loseAt(1 + (which % 60), loss)
}

/** Whatever goes on failing does so no more. */
export function mend(world: World): void {
  const { controls } = world
  world.life.mend()
  controls.faults.clear()
  controls.releaseMerges()
  controls.setFreeBytes(1024 ** 4)
  for (const layer of controls.layerIds()) controls.occupy(layer, null)
}

export function makeServer(world: World, account: number, hasKey: boolean): void {
  const name = world.newName('server')
  const body = {
    ...{ name, image_id: 1, network: 'none' },
    ...{ plan: { vcpus: 1, memory: 64, storage: 1 }, disks: [{ size_gb: 1 }] },
  }
  const common = { account, serverId: null, hasKey, body, mark: `server_create ${name}` }
  void send(world, 'make', { ...common, method: 'POST', path: 'servers/' })
}
