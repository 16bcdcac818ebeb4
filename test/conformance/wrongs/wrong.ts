import type { StubRequest } from '../stub/request.ts'
import type { Reply, World } from '../stub/world.ts'
import type { Fault } from '../stub.ts'

/** A stub that is wrong in one way, and the checks that must tell: these and no others. `…*` stands for all that begin so. */
export interface Wrong extends Fault {
  readonly name: string
  readonly fails: readonly string[]
  /** For one that keeps the suite waiting. */
  readonly timeoutMs?: number
}

export type Body = Record<string, unknown>
type Change = (body: Body, reply: Reply, request: StubRequest, world: World) => void

/** The checks of filters that are no ids. */
export const NO_FILTERS = ['abc', '0', '-1', '1.5', '9007199254740992', '1e3', '99999999999999999999'].map(
  id => `snapshots.list.server_id.${id}`,
)

/** Changes the successful replies of one route. */
export const at = (route: string, change: Change): Fault => ({
  after: (reply, request, world) => {
    if (request.route === route && reply.status < 300) change(reply.body as Body, reply, request, world)
  },
})

/** Changes every row that a list shows. */
export const rowsAt = (route: string, change: (row: Body, world: World) => void): Fault =>
  at(route, (body, _reply, _request, world) => {
    for (const row of body.results as Body[]) change(row, world)
  })

/** Changes the failures of one status; `route` narrows it. */
export const failing = (status: number, change: (reply: Reply, body: Body) => void, route?: string): Fault => ({
  after: (reply, request) => {
    if (reply.status === status && (route === undefined || request.route === route)) change(reply, reply.body as Body)
  },
})

/** Answers some requests of its own accord. */
export const instead = (when: (request: StubRequest, world: World) => boolean, reply: () => Reply): Fault => ({
  before: (request, world) => (when(request, world) ? reply() : undefined),
})

export const sent = (request: StubRequest): Body => {
  try {
    const body = JSON.parse(request.body.toString())
    return typeof body === 'object' && body !== null ? body : {}
  } catch {
    return {}
  }
}
