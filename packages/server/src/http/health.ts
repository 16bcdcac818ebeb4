/** For load balancers and process managers; no authentication, nothing secret. */
import { sql } from 'kysely'
import Type from 'typebox'
import type { Db } from '../db/database.ts'
import type { App } from './deps.ts'

export interface Readiness {
  readonly ok: boolean
  /** What was looked at, and whether it is well. */
  readonly checks: Readonly<Record<string, boolean>>
}

const Checks = Type.Object({
  status: Type.Unsafe<'ready' | 'unavailable'>({ type: 'string', enum: ['ready', 'unavailable'] }),
  checks: Type.Record(Type.String(), Type.Boolean()),
})

export function healthRoutes(app: App, db: Db, ready: () => Promise<Readiness>): void {
  app.get('/healthz', {
    config: { access: 'public', rateLimit: false },
    schema: {
      operationId: 'getHealth',
      tags: ['service'],
      summary: 'Is the process alive?',
      response: { 200: { description: 'It is.', ...Type.Object({ status: Type.Literal('ok') }) } },
    },
    handler: async () => ({ status: 'ok' as const }),
  })
  app.get('/readyz', {
    config: { access: 'public', rateLimit: false },
    schema: {
      operationId: 'getReadiness',
      tags: ['service'],
      summary: 'Can it work?',
      response: {
        200: { description: 'Everything is well.', ...Checks },
        503: { description: 'Something is not.', ...Checks },
      },
    },
    handler: async (_request, reply) => {
      const database = await answers(db)
      const { ok: othersOk, checks } = await ready().catch((): Readiness => ({ ok: false, checks: {} }))
      const ok = database && othersOk
      return reply.code(ok ? 200 : 503).send({ status: ok ? 'ready' : 'unavailable', checks: { database, ...checks } })
    },
  })
}

async function answers(db: Db): Promise<boolean> {
  return await sql`select 1`.execute(db).then(
    () => true,
    () => false,
  )
}
