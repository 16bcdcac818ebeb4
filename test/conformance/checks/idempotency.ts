import { randomUUID } from 'node:crypto'
import type { Check } from '../check.ts'
import { equal, problem, status } from '../expect.ts'
import type { Session } from '../session.ts'

/** One create, its repetition, and another request with the same key. */
const repeated = (session: Session) =>
  session.once('repeated', async () => {
    const headers = { 'idempotency-key': randomUUID() }
    const name = session.name()
    const original = await session.create({ name }, { headers })
    const replay = await session.create({ name }, { headers })
    const other = await session.create({ name: session.name() }, { headers })
    const made = (await session.snapshots()).filter(row => row.name === name)
    const newKey = await session.attempt({ name }, { headers: { 'idempotency-key': randomUUID() } })
    for (const row of made) await session.remove(`/snapshots/${row.id}/`)
    return { name, headers, original, replay, other, made, newKey }
  })

export const idempotencyChecks: readonly Check[] = [
  {
    id: 'idempotency.replay',
    level: 'full',
    says: 'The same request with the same Idempotency-Key gives the same status and body',
    run: async session => {
      const { original, replay } = await repeated(session)
      status(original, 201)
      equal({ status: replay.status, body: replay.json }, { status: original.status, body: original.json }, 'the reply')
    },
  },
  {
    id: 'idempotency.one-effect',
    level: 'full',
    says: 'One Idempotency-Key has at most one effect',
    run: async session => equal((await repeated(session)).made.length, 1, 'snapshots made:'),
  },
  {
    id: 'idempotency.mismatch',
    level: 'full',
    says: 'The same Idempotency-Key with another request is a 400',
    run: async session => problem((await repeated(session)).other, 400, 'idempotency_key_reused'),
  },
  {
    id: 'idempotency.new-key',
    level: 'full',
    says: 'Another Idempotency-Key is another request',
    run: async session => {
      const { original, newKey } = await repeated(session)
      status(newKey, 201)
      const ids = [original, newKey].map(reply => (reply.json as { id: unknown }).id)
      equal(new Set(ids).size, 2, 'different ids:')
    },
  },
  {
    id: 'idempotency.replay-after-delete',
    level: 'full',
    says: 'A replay gives the same reply also after what it made is gone',
    run: async session => {
      const { name, headers, original } = await repeated(session)
      const replay = await session.create({ name }, { headers })
      equal({ status: replay.status, body: replay.json }, { status: original.status, body: original.json }, 'the reply')
    },
  },
]
