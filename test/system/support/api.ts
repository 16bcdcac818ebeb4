/** The API as a client of it sees it. */
import { strict as assert } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningService } from './service.ts'

export interface Reply<Body> {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

export interface Snapshot {
  readonly id: number
  readonly name: string
  readonly status: string
  readonly size_mb: number | null
}

export interface LayerView {
  readonly id: number
  readonly parent_id: number | null
  readonly kind: string
  readonly snapshots: { id: number; name: string }[]
  readonly allocated_bytes: number
  readonly merge: { state: string; waits_for: string | null; operation_id: number | null } | null
  readonly path: string
}

export class Api {
  readonly #service: Pick<RunningService, 'url' | 'token'>

  constructor(service: Pick<RunningService, 'url' | 'token'>) {
    this.#service = service
  }

  async call<Body>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply<Body>> {
    const reply = await fetch(`${this.#service.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#service.token}`,
        'content-type': 'application/json',
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await reply.text()
    return { status: reply.status, headers: reply.headers, body: (text ? JSON.parse(text) : undefined) as Body }
  }

  async get<Body>(path: string): Promise<Body> {
    const reply = await this.call<Body>('GET', path)
    assert.equal(reply.status, 200, JSON.stringify(reply.body))
    return reply.body
  }

  /** Takes a snapshot and waits for its end, whatever it is. */
  async snapshot(serverId: number, name: string, query = ''): Promise<Snapshot> {
    const body = { server_id: serverId, name }
    const reply = await this.call<Snapshot>('POST', `/snapshots/${query}`, body, { prefer: 'wait=30' })
    assert.equal(reply.status, 201, JSON.stringify(reply.body))
    return reply.body
  }

  /** POSTs something that starts an operation and waits until that has completed. */
  async perform(path: string): Promise<void> {
    const reply = await this.call('POST', path, undefined, { prefer: 'wait=60' })
    assert.equal(reply.status, 200, JSON.stringify(reply.body))
    const operation = await this.get<{ status: string; error: unknown }>(
      `/operations/${reply.headers.get('operation-id')}/`,
    )
    assert.equal(operation.status, 'completed', JSON.stringify(operation.error))
  }

  async remove(snapshotId: number): Promise<void> {
    const reply = await this.call('DELETE', `/snapshots/${snapshotId}/`)
    assert.equal(reply.status, 204, JSON.stringify(reply.body))
  }

  async layers(serverId: number): Promise<LayerView[]> {
    return (await this.get<{ results: LayerView[] }>(`/servers/${serverId}/layers/`)).results
  }

  /** Resolves when no layer of the server is garbage any more. */
  async collected(serverId: number, timeoutMs = 60_000): Promise<LayerView[]> {
    for (const deadline = Date.now() + timeoutMs; ; await sleep(50)) {
      const layers = await this.layers(serverId)
      if (!layers.some(layer => layer.kind === 'garbage')) return layers
      assert.ok(Date.now() < deadline, `garbage stays: ${JSON.stringify(layers, null, 1)}`)
    }
  }
}
