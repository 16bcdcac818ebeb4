/** The real API over real HTTP, with machines in memory; and clients of it. */
import type { TestContext } from 'node:test'
import { openWorld } from '../../../server/test/http/harness.ts'
import { openEmptyDatabase } from '../../../server/test/support/database.ts'
import type { RestpointOptions } from '../../src/options.ts'
import { Restpoint } from '../../src/restpoint.ts'
import { openProxy } from './proxy.ts'

export type Service = Awaited<ReturnType<typeof openService>>

/** `engine: false`: operations stay queued until `startEngine`. */
export async function openService(t: Pick<TestContext, 'after'>, options: Parameters<typeof openWorld>[1] = {}) {
  const database = await openEmptyDatabase('sqlite', { inMemory: true })
  const world = await openWorld(t, { database, ...options })
  const url = await world.app.listen({ host: '127.0.0.1', port: 0 })
  return {
    ...world,
    url,
    client: (more: Partial<RestpointOptions> = {}) => new Restpoint({ url, token: world.token, ...more }),
  }
}

/** The same behind a proxy that does to requests what the test says. */
export async function openFaultyService(t: Pick<TestContext, 'after'>, options: Parameters<typeof openWorld>[1] = {}) {
  const service = await openService(t, options)
  const proxy = await openProxy(t, service.url)
  return {
    ...service,
    proxy,
    client: (more: Partial<RestpointOptions> = {}) => service.client({ url: proxy.url, ...more }),
  }
}
