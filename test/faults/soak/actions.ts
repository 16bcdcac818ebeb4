/** What is going on when the kill comes. Each begins something and answers how to learn what came of it. */
import type { SoakGuest } from './guest.ts'
import type { SoakHost } from './host.ts'
import { Timeline } from './timeline.ts'

export interface World {
  readonly host: SoakHost
  readonly guests: SoakGuest[]
  /** Of snapshots, by name. */
  readonly timelines: Map<string, Timeline>
  readonly random: () => number
  /** The last request, until it is answered or never will be. */
  asked: Promise<unknown>
}

export interface Action {
  readonly name: string
  /** Its request is sent when this resolves, and may never be answered. What it answers is called when all is calm again. */
  begin(world: World, guest: SoakGuest): Promise<() => Promise<void>>
}

const KEPT = 4
let count = 0

const create: Action = {
  name: 'snapshot_create',
  async begin(world, guest) {
    const { host, timelines } = world
    const name = `soak-${++count}`
    const before = guest.timeline.cut()
    const body = { server_id: guest.id, name }
    send(world, host.api.call('POST', '/snapshots/', body, { prefer: 'wait=30' }))
    return async () => {
      timelines.set(name, Timeline.between(before, guest.timeline))
      const all = await host.snapshots()
      const made = all.find(snapshot => snapshot.name === name)
      if (made && made.status !== 'completed' && made.status !== 'failed') {
        throw new Error(`snapshot ${made.id} is still ${made.status}`)
      }
      if (made?.status === 'failed') await host.api.remove(made.id)
      // Room for the next one.
      const own = all.filter(snapshot => snapshot.server.id === guest.id).sort((a, b) => a.id - b.id)
      if (own.length > KEPT) await host.api.remove(own[0]?.id as number)
    }
  },
}

const remove: Action = {
  name: 'snapshot deletion and merge',
  async begin(world, guest) {
    const { host, random } = world
    const own = (await host.snapshots()).filter(
      ({ server, status }) => server.id === guest.id && status === 'completed',
    )
    const one = own[Math.floor(random() * own.length)]
    // Nothing to delete: a merge may be under way all the same.
    if (!one) return create.begin(world, guest)
    let isAnswered = false
    send(
      world,
      host.api.call('DELETE', `/snapshots/${one.id}/`).then(({ status }) => {
        isAnswered = status === 204
      }),
    )
    return async () => {
      const isThere = (await host.snapshots()).some(({ id }) => id === one.id)
      if (isAnswered && isThere) throw new Error(`snapshot ${one.id} was deleted and is back`)
    }
  },
}

const restore: Action = {
  name: 'snapshot_restore',
  async begin(world, guest) {
    const { host, timelines, random } = world
    const own = (await host.snapshots()).filter(
      ({ server, status }) => server.id === guest.id && status === 'completed',
    )
    const one = own[Math.floor(random() * own.length)]
    if (!one) return create.begin(world, guest)
    const to = timelines.get(one.name) as Timeline
    return goBack(world, guest, `/snapshots/${one.id}/restore/`, 'snapshot_restore', to)
  },
}

const undo: Action = {
  name: 'server_undo',
  async begin(world, guest) {
    if (!guest.beforeRestore) return restore.begin(world, guest)
    return goBack(world, guest, `/servers/${guest.id}/undo/`, 'server_undo', guest.beforeRestore)
  },
}

const stop: Action = {
  name: 'server_stop',
  async begin(world, guest) {
    const { host } = world
    const pid = await host.pidOf(guest.id)
    send(world, host.api.call('POST', `/servers/${guest.id}/stop/`))
    return async () => {
      if ((await host.pidOf(guest.id)) !== pid) guest.leave()
    }
  },
}

const nothingButMerges: Action = {
  name: 'merges and garbage collection',
  async begin() {
    return async () => {}
  },
}

/** As often as they are here. */
export const actions: readonly Action[] = [
  ...[create, create, create, create],
  ...[remove, remove, remove],
  ...[restore, restore],
  undo,
  stop,
  nothingButMerges,
]

/** Whoever dies in the middle of it: it has happened, or it has not. */
async function goBack(world: World, guest: SoakGuest, path: string, kind: string, to: Timeline) {
  const { host } = world
  const last = (await host.latest(guest.id, kind))?.id ?? 0
  const pid = await host.pidOf(guest.id)
  send(world, host.api.call('POST', path))
  return async () => {
    const operation = await host.latest(guest.id, kind)
    const isNew = operation !== undefined && operation.id > last
    if (isNew && operation.status === 'completed') {
      guest.leave()
      guest.beforeRestore = guest.timeline
      guest.timeline = to.cut()
    } else if ((await host.pidOf(guest.id)) !== pid) guest.leave()
  }
}

/** Its answer is not waited for now: the service may be killed first. */
function send(world: World, request: Promise<unknown>): void {
  world.asked = request.catch(() => {})
}
