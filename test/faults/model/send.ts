/** Sends what is wished for, without waiting for the answer; and judges the answer when it comes. */
import type { Reply } from './life.ts'
import { must } from './model.ts'
import { checkAnswers, type Wish } from './wishes.ts'
import type { World } from './world.ts'

export interface Wanted {
  readonly account: number
  readonly method: Wish['method']
  readonly path: string
  readonly body?: unknown
  readonly serverId?: number | null
  readonly snapshotId?: number | null
  readonly hasKey?: boolean
  readonly mark: string | null
}

export function send(world: World, action: string, wanted: Wanted): Promise<Reply | 'lost'> {
  const { model } = world
  const { serverId = null, snapshotId = null, hasKey = false, ...rest } = wanted
  const n = model.wishes.length + 1
  const wish: Wish = {
    ...rest,
    ...{ n, action, serverId, snapshotId, jumps: model.jumps, tries: [], operationId: null },
    key: hasKey ? `wish-${n}` : null,
    marks: model.marksOf(serverId),
    seen: seenBy(world, wanted),
    agentMark: (model.servers.get(serverId ?? 0)?.agent.length ?? 1) - 1,
  }
  model.wishes.push(wish)
  return repeat(world, wish)
}

/** The same again, with the same key (-1: the last that had one); not of another day, because keys are not kept for ever. */
export function sendAgain(world: World, which: number): void {
  const mine = world.model.wishes.filter(({ key, jumps }) => key !== null && jumps === world.model.jumps)
  const wish = mine.at(which % mine.length)
  if (wish) void repeat(world, wish)
}

export function repeat(world: World, wish: Wish): Promise<Reply | 'lost'> {
  const { account, method, path, body, key, n } = wish
  const one: Wish['tries'][number] = { answer: null }
  wish.tries.push(one)
  world.trace.push(`  ${n}: ${method} ${path} of account ${account}`)
  const headers = key === null ? {} : { 'idempotency-key': key }
  const asked = world.ask(account, method, path, { body, headers })
  const judged = asked.then(answer => {
    one.answer = answer
    world.trace.push(`  ${n}: ${answer === 'lost' ? answer : `${answer.status} ${answer.body?.code ?? ''}`}`)
    check(world, wish, answer)
  })
  world.watch(judged)
  return asked
}

/** What a list that is asked for now has to show. */
function seenBy({ model }: World, { account, path }: Wanted): number[] {
  if (path === 'servers/') return model.live(account).map(({ id }) => id)
  return path === 'snapshots/' ? model.kept(account).map(({ id }) => id) : []
}

const usual = ['server_busy', 'server_wrong_state', 'not_enough_space']

/** Codes of refusals, by what was asked for. Whether `not_found` is right depends. */
const refusals: Readonly<Record<string, readonly string[]>> = {
  create: ['snapshot_limit_reached', 'server_wrong_state', 'not_enough_space', 'chain_too_deep', 'not_found'],
  restore: [...usual, 'not_found'],
  undo: [...usual, 'nothing_to_undo', 'not_found'],
  start: [...usual, 'not_found'],
  stop: [...usual, 'not_found'],
  reboot: [...usual, 'not_found'],
  delete: ['not_found'],
  clone: ['not_enough_space', 'not_found'],
  make: ['not_enough_space'],
  'delete a server': [...usual, 'not_found'],
  rename: ['not_found'],
  look: ['not_found'],
  list: [],
  pry: ['not_found'],
}

function check(world: World, wish: Wish, answer: Reply | 'lost'): void {
  const { action, n, method, path } = wish
  if (answer === 'lost') return
  const told = () => `${method} ${path} (wish ${n}) was answered with ${answer.status} ${JSON.stringify(answer.body)}`
  if (answer.status >= 500) return must(answer.status === 503 && world.hadTrouble, told)
  const { model } = world
  if (action === 'pry') return must(answer.status === 404, told)
  if (answer.status >= 300) {
    must(refusals[action]?.includes(answer.body.code) === true, told)
    if (answer.body.code === 'not_found') must(mayBeGone(world, wish), told)
  } else if (action === 'list') checkList(world, wish, answer)
  else if (action === 'delete') {
    const snapshot = model.snapshots.get(wish.snapshotId ?? 0)
    if (snapshot) snapshot.deletion = 'answered'
  }
  checkAnswers(model, wish)
}

function mayBeGone({ model }: World, { serverId, snapshotId, n, action }: Wish): boolean {
  const isGone = (id: number | null) => {
    const asked = model.wishes.some(one => one.action === 'delete a server' && one.serverId === id)
    return id !== null && (asked || model.servers.get(id)?.isDeleted === true)
  }
  if (isGone(serverId)) return true
  if (snapshotId === null) return false
  const snapshot = model.snapshots.get(snapshotId)
  // Itself: the first of two that ask for the same has been at it.
  const others = model.wishes.some(one => one.n !== n && one.action === 'delete' && one.snapshotId === snapshotId)
  return others || snapshot?.status === 'failed' || (action !== 'delete' && snapshot?.deletion !== 'not asked')
}

interface Listed {
  readonly id: number
  readonly name: string
}

/** Nobody else's, nothing that was gone before it was asked for, and all that has been there since. */
function checkList(world: World, wish: Wish, { body }: Reply): void {
  const listed = body.results as Listed[]
  const { model } = world
  const isServers = wish.path === 'servers/'
  const all = isServers ? model.servers : model.snapshots
  for (const { id, name } of listed) {
    const known = all.get(id)
    // One that was made a moment ago has not been looked at yet.
    if (!known) continue
    must(
      known.account === wish.account,
      () => `account ${wish.account} is shown what is account ${known.account}'s: ${id}`,
    )
    must(known.name === name, () => `${wish.path} ${id} is called ${known.name} and shown as ${name}`)
  }
  const ids = new Set(listed.map(({ id }) => id))
  for (const id of wish.seen)
    must(
      ids.has(id) || mayBeGone(world, isServers ? { ...wish, serverId: id } : { ...wish, snapshotId: id }),
      () => `${wish.path} does not show ${id}`,
    )
}
