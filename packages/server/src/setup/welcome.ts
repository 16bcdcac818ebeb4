/** What the operator reads on the terminal when the service comes up. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from '../db/database.ts'
import type { Driver } from '../drivers/driver.ts'
import { isJournal } from './journal.ts'

const AGENT_LIMIT_MS = 90_000

export function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

export interface Welcome {
  readonly db: Db
  readonly driver: Driver
  readonly config: { readonly listen: { readonly host: string; readonly port: number } }
  /** Of the first account, when it was just made. */
  readonly secret: string | undefined
  readonly tokenFile: string
  /** Signs in once, where there is a console to sign in to. */
  readonly signInCode: string | undefined
  readonly isStopping: () => boolean
}

export async function greet({ db, driver, config, secret, tokenFile, signInCode, isStopping }: Welcome): Promise<void> {
  const { host, port } = config.listen
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  if (secret === undefined) {
    say(`Restpoint is ready on ${url}. The admin token is in ${tokenFile}.`)
    for (const line of signInLines(url, signInCode)) say(line)
    say(`Documentation: ${url}/docs/`)
    return
  }
  let server = await readServer(db)
  if (server) say('Waiting for the guest agent of the demo server …')
  for (const deadline = Date.now() + AGENT_LIMIT_MS; server && !isStopping() && Date.now() < deadline; ) {
    if ((await driver.inspect(server.id).catch(() => undefined))?.agentConnected) break
    await sleep(200)
    server = await readServer(db)
    if (server?.status !== 'failed') continue
    say(`There is no demo server. ${server.status_reason}`)
    server = undefined
  }
  if (isStopping()) return
  // At once, so that whoever waits for the first line has them all.
  const lines = [
    '',
    `Restpoint is ready on ${url}.`,
    ...signInLines(url, signInCode),
    ...tokenLines(secret, tokenFile),
    ...firstSteps(url, server, tokenFile),
  ]
  say(lines.join('\n'))
}

function readServer(db: Db) {
  return db
    .selectFrom('servers')
    .select(['id', 'name', 'status', 'status_reason'])
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .executeTakeFirst()
}

/** Whoever reads the journal is not meant. */
function signInLines(url: string, code: string | undefined): string[] {
  if (code === undefined || isJournal(1, process.env['JOURNAL_STREAM'])) return []
  return ['Sign in with this link, which works once and for an hour:', '', `  ${url}/console/#sign-in=${code}`, '']
}

function tokenLines(secret: string, tokenFile: string): string[] {
  if (isJournal(1, process.env['JOURNAL_STREAM'])) return [`The admin token is in ${tokenFile}.`]
  return [`Your admin token, shown only now and kept in ${tokenFile}:`, '', `  ${secret}`]
}

function firstSteps(url: string, server: { id: number; name: string } | undefined, tokenFile: string): string[] {
  if (!server) return []
  const token = `"Authorization: Bearer $(cat '${tokenFile}')"`
  const json = '"Content-Type: application/json"'
  return [
    '',
    `Take a snapshot of ${server.name}, list the snapshots, see its layers:`,
    '',
    `  curl -X POST ${url}/api/v1/snapshots/ -H ${token} -H ${json} -d '{"server_id": ${server.id}, "name": "first"}'`,
    `  curl ${url}/api/v1/snapshots/ -H ${token}`,
    `  curl ${url}/api/v1/servers/${server.id}/layers/ -H ${token}`,
    '',
    `Everything else is in the documentation: ${url}/docs/`,
    '',
  ]
}
