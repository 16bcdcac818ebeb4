/** Writes docs/openapi.json from the routes' own schemas. A test compares the committed copy with what the app says. */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { buildApp } from '../packages/server/src/app.ts'
import { openSqlite } from '../packages/server/src/db/sqlite/open.ts'
import { openMemory } from '../packages/server/src/drivers/memory/controls.ts'
import { Feed } from '../packages/server/src/events/feed.ts'

export const openApiFile = fileURLToPath(new URL('../docs/openapi.json', import.meta.url))

/** The document as it is written to the file. */
export async function openApiText(): Promise<string> {
  const db = openSqlite(':memory:')
  const { driver } = openMemory()
  const app = await buildApp({
    db,
    driver,
    feed: new Feed({ db, now: Date.now, log: console }),
    now: Date.now,
    log: false,
    config: { snapshotLimit: 5, undoHours: 24, reserveMb: 1024, rateLimit: 0, trustedProxies: [] },
    engine: { wake: () => {}, cancel: () => {}, waitFor: async () => undefined },
    followCable: async () => {},
    wakeCollector: () => {},
    wakeRecorder: () => {},
    ready: async () => ({ ok: true, checks: {} }),
  })
  const { body } = await app.inject({ url: '/openapi.json' })
  await app.close()
  await driver.close()
  await db.destroy()
  return `${JSON.stringify(JSON.parse(body), null, 2)}\n`
}

if (import.meta.main) await writeFile(openApiFile, await openApiText())
