/** A running server in memory with something on its disk, a door through which commands change it, and what became of it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openFaultyService } from '../../../sdk/test/support/service.ts'
import type { Journal } from '../../src/guard/journal.ts'
import { openCli, type Ran } from './cli.ts'

export const BEFORE = 5
export const AFTER = 6

export type Guarded = Awaited<ReturnType<typeof openGuarded>>

/** Where a guard is told to go is the proxy; it passes on what it is not told otherwise. */
export async function openGuarded(t: Pick<TestContext, 'after'>) {
  const service = await openFaultyService(t)
  const api = service.client({ url: service.url })
  const { controls } = service.memory
  await api.servers.start(1, { waitSeconds: 30 })
  controls.write(1, 0, 3, BEFORE)
  let changes = 0
  const door = createServer((_, reply) => {
    changes++
    controls.write(1, 0, 3, AFTER)
    reply.end()
  }).listen(0, '127.0.0.1')
  await once(door, 'listening')
  t.after(() => door.close())
  const cli = openCli(t, { url: service.proxy.url, token: service.token })
  const guards = path.join(cli.folder, 'state/restpoint/guards')
  const files = () => readdirSync(guards, { recursive: true, encoding: 'utf8' }).filter(isJournal)

  return {
    ...service,
    api,
    cli,
    guards,
    /** For a command line of `sh -c`: changes what is on the disk. */
    change: `curl --silent http://127.0.0.1:${(door.address() as AddressInfo).port}/`,
    /** How often a command has come through it. */
    changes: () => changes,
    content: () => controls.read(1, 0, 3),
    /** Of guards that have not come to their end. */
    journals: (): Journal[] =>
      existing(files).map(file => JSON.parse(readFileSync(path.join(guards, file), 'utf8')) as Journal),
    snapshots: async () => (await api.snapshots.list()).results.map(({ name, status }) => `${name} ${status}`),
    restores: async () =>
      (await api.operations.list()).results.filter(({ kind }) => kind === 'snapshot_restore').length,
    guard: (...args: string[]) => cli.run(['guard', '1', ...args]),
    json: async (...args: string[]) => {
      const ran = await cli.run(['guard', '1', '--json', ...args])
      return { code: ran.code, told: JSON.parse(ran.stdout), stderr: ran.stderr }
    },
  }
}

/** Not one that is just being made. */
function isJournal(name: string): boolean {
  return name.endsWith('.json') && !name.startsWith('.')
}

function existing(files: () => string[]): string[] {
  try {
    return files()
  } catch {
    return []
  }
}

export async function until(what: string, ask: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 30_000; !(await ask()); await sleep(10))
    assert.ok(performance.now() < end, `in vain: ${what}`)
}

/** Or waits for whoever has to take note of its end. */
export function isGone(pid: string): boolean {
  try {
    return /^State:\tZ/m.test(readFileSync(`/proc/${pid.trim()}/status`, 'utf8'))
  } catch {
    return true
  }
}

export function ended({ code, stdout, stderr }: Ran, expected: number, said: RegExp): void {
  assert.equal(code, expected, `${stdout}\n${stderr}`)
  assert.match(stdout + stderr, said)
}
