import type { Reply, Token, World } from './world.ts'

export interface StubRequest {
  readonly method: string
  /** Decoded, with its slash at the end. */
  readonly path: string
  /** The path as it was sent. */
  readonly target: string
  readonly query: URLSearchParams
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: Buffer
  /** e.g. `GET /snapshots/:id/`; undefined where there is none. */
  route?: string
  /** The `:id` of the path as it was sent. */
  id?: string
  token?: Token
}

export type Handler = (world: World, request: StubRequest) => Reply

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body }
}

export function header(request: StubRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}
