/**
 * What people ask for. One wish has at most one effect, however often it is sent with its key, and whatever becomes of
 * the answers.
 */
import type { Reply } from './life.ts'
import { type Model, must } from './model.ts'
import type { OperationRow, Picture } from './picture.ts'

export interface Wish {
  readonly n: number
  /** In words of the routes: what a person would call it. */
  readonly action: string
  readonly account: number
  readonly method: 'GET' | 'POST' | 'DELETE' | 'PATCH'
  readonly path: string
  readonly body?: unknown
  readonly key: string | null
  /** What tells its operation from others'; null: it starts none. */
  readonly mark: string | null
  readonly serverId: number | null
  readonly snapshotId: number | null
  readonly marks: ReadonlyMap<string, number>
  /** Which of `ModelServer.agent` was the newest when it was sent. */
  readonly agentMark: number
  /** Of a list: what was there before it was asked for. */
  readonly seen: readonly number[]
  /** Days that had passed. */
  readonly jumps: number
  /** Each time it was sent: the answer, or null while there is none. */
  readonly tries: { answer: Reply | 'lost' | null }[]
  operationId: number | null
}

/** The operations' side of `Wish.mark`. */
export function markOf(row: OperationRow, picture: Picture): string {
  const server = picture.servers.find(({ id }) => id === row.server_id)
  const snapshot = picture.snapshots.find(({ id }) => id === row.snapshot_id)
  if (row.kind === 'server_create' || row.kind === 'server_clone') return `${row.kind} ${server?.name}`
  if (row.kind === 'snapshot_create') return `${row.kind} ${row.server_id} ${snapshot?.name}`
  if (row.kind === 'snapshot_restore') return `${row.kind} ${row.snapshot_id}`
  return `${row.kind} ${row.server_id}`
}

/** Nobody asked for these: the service itself does. */
export function isOwn(row: OperationRow, model: Model): boolean {
  if (row.kind === 'merge') return true
  if (row.kind === 'server_start') return (JSON.parse(row.input) as { afterHost?: boolean }).afterHost === true
  return row.kind === 'server_delete' && model.servers.get(row.server_id ?? 0)?.isDeleted === true
}

/** The database was away: nobody knows what became of it. */
export function isUnknown(answer: Reply | 'lost' | null): boolean {
  return answer === null || answer === 'lost' || answer.status === 503
}

export function isAccepted(answer: Reply | 'lost' | null): answer is Reply {
  return answer !== null && answer !== 'lost' && answer.status < 300
}

export function operationIdOf(answer: Reply): number | null {
  const id = answer.headers['operation-id']
  return id === undefined ? null : Number(id)
}

/** Whose wish this operation is. */
export function claim(model: Model, row: OperationRow, mark: string, account: number): Wish {
  const candidates = model.wishes.filter(wish => wish.mark === mark && wish.account === account)
  const answered = candidates.find(({ tries }) =>
    tries.some(({ answer }) => isAccepted(answer) && operationIdOf(answer) === row.id),
  )
  const open = candidates.find(
    wish => wish.operationId === null && !wish.tries.some(({ answer }) => isAccepted(answer)) && mayHaveActed(wish),
  )
  const wish = answered ?? open
  must(wish !== undefined, () => `operation ${row.id} (${mark}) has begun, and nobody has asked for it`)
  const mine = wish as Wish
  must(mine.operationId === null || mine === answered, () => `wish ${mine.n} had two effects`)
  const before = mine.operationId
  mine.operationId = row.id
  if (before !== null && before !== row.id) handOver(model, mine, before)
  return mine
}

function mayHaveActed({ tries }: Wish): boolean {
  return tries.some(({ answer }) => isUnknown(answer))
}

/** What was taken for this wish's was that of another one just like it, which nobody has answered. */
function handOver(model: Model, wish: Wish, operationId: number): void {
  const other = model.wishes.find(
    one =>
      one !== wish &&
      one.mark === wish.mark &&
      one.account === wish.account &&
      one.operationId === null &&
      mayHaveActed(one),
  )
  must(other !== undefined, () => `wish ${wish.n} (${wish.mark}) had two effects: operation ${operationId} as well`)
  if (other) other.operationId = operationId
}

/** After an answer: is it the same as before, and is its operation this wish's? */
export function checkAnswers(model: Model, wish: Wish): void {
  const accepted = wish.tries.map(({ answer }) => answer).filter(isAccepted)
  const [first] = accepted
  if (!first) {
    const refused = wish.tries.every(({ answer }) => !isUnknown(answer))
    if (!refused || wish.operationId === null) return
    const { operationId } = wish
    wish.operationId = null
    return handOver(model, wish, operationId)
  }
  for (const answer of accepted) {
    const same = operationIdOf(answer) === operationIdOf(first) && answer.body?.id === first.body?.id
    must(same, () => `the key of wish ${wish.n} was answered with ${told(first)} and with ${told(answer)}`)
  }
  const id = operationIdOf(first)
  if (wish.mark === null || wish.operationId === id || wish.operationId === null) return
  const before = wish.operationId
  const other = model.wishes.find(one => one !== wish && one.operationId === id)
  wish.operationId = id
  if (other) other.operationId = before
  else handOver(model, wish, before)
}

/** When nothing is under way any more. */
export function checkAllAnswers(model: Model): void {
  for (const wish of model.wishes) {
    checkAnswers(model, wish)
    const isDone = wish.tries.some(({ answer }) => isAccepted(answer))
    if (wish.mark === null || !isDone) continue
    must(wish.operationId !== null, () => `wish ${wish.n} (${wish.mark}) was accepted, and nothing came of it`)
  }
}

function told(answer: Reply): string {
  return `${answer.status}, operation ${operationIdOf(answer)}, id ${answer.body?.id}`
}
