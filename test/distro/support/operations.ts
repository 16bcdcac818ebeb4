/** What the API began, waited for to its end. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from '../../system/support/api.ts'

interface Operation {
  readonly status: string
  readonly waits_for: string | null
  readonly error: { code: string; detail: string } | null
}

/** POSTs and waits until the operation has completed; the body as it was answered at first. */
export async function begin<Body>(api: Api, path: string, body?: unknown, limitMs = 600_000): Promise<Body> {
  const reply = await api.call<Body>('POST', path, body)
  if (reply.status !== 200 && reply.status !== 201) {
    throw new Error(`POST ${path} was answered with ${reply.status} ${JSON.stringify(reply.body)}`)
  }
  await ended(api, Number(reply.headers.get('operation-id')), `POST ${path}`, limitMs)
  return reply.body
}

async function ended(api: Api, id: number, what: string, limitMs: number): Promise<void> {
  for (const deadline = Date.now() + limitMs; ; await sleep(20)) {
    const operation = await api.get<Operation>(`/operations/${id}/`)
    if (operation.status === 'completed') return
    if (operation.status === 'failed' || operation.status === 'cancelled') {
      throw new Error(`${what} ${operation.status}: ${operation.error?.code} ${operation.error?.detail}`)
    }
    if (Date.now() > deadline) throw new Error(`${what} is still ${operation.status}: ${operation.waits_for}`)
  }
}

/** DELETEs; it is gone when this resolves. */
export async function remove(api: Api, path: string): Promise<void> {
  const { status, body } = await api.call('DELETE', path)
  if (status !== 204) throw new Error(`DELETE ${path} was answered with ${status} ${JSON.stringify(body)}`)
}
