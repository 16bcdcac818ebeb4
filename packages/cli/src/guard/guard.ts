/**
 * A command under guard: a snapshot is taken, the command is run, then a probe is asked; if anything of it fails or is
 * interrupted, the server is put back.
 *
 * What is about to happen is written to the journal first (`journal.ts`):
 *
 *     snapshot   → a snapshot is asked for; its id follows as soon as it is known
 *     command    → from here on the server may be another one
 *     succeeded  → command and probe have said so; the snapshot is kept or deleted
 *     failed     → the server is put back; the restore's operation follows as soon as it is known
 *     (nothing)  → it has come to its end
 *
 * Killed between any two lines, a guard leaves a journal from which `resume.ts` goes on. Whatever was not written down as
 * a success is put back: better a success undone – which can be undone – than a server half changed that nobody minds.
 */
import { hostname } from 'node:os'
import type { Connected } from '../context.ts'
import { CliError } from '../failure.ts'
import { snapshotLine } from '../views/snapshot.ts'
import { runCommand } from './command.ts'
import { type Ended, hasSucceeded } from './ended.ts'
import { finish } from './finish.ts'
import { type Hands, newKey, say } from './hands.ts'
import { runInGuest } from './in-guest.ts'
import { Unsettled } from './insist.ts'
import { type Interrupt, Interrupts, interruptInWords } from './interrupts.ts'
import { type Journal, JournalFile, type OnSuccess } from './journal.ts'
import type { Outcome } from './outcome.ts'
import { ask, hasProbe, type Probing } from './probe.ts'
import { takeSnapshot } from './snapshot.ts'

export interface Plan extends Probing {
  readonly url: string
  readonly serverId: number
  /** Of the snapshot; undefined: one is made up. */
  readonly name: string | undefined
  readonly onSuccess: OnSuccess
  readonly inGuest: boolean
  /** Seconds that the command may take. */
  readonly timeout: number | undefined
  /** The command's own output must not be mixed with a document. */
  readonly json: boolean
}

/** @throws CliError and whatever the service refuses it with, before anything was run. */
export async function guard(connected: Connected, words: readonly string[], plan: Plan): Promise<Outcome> {
  const file = await JournalFile.begin(await intent(connected, plan))
  const interrupts = new Interrupts()
  const hands = { connected, file, interrupts }
  try {
    const why = await prepare(hands)
    if (why !== undefined) {
      await file.update({ phase: 'dropped', reason: why })
      return await finish(hands, { failed: 'snapshot', ended: null })
    }
    await file.update({ phase: 'command' })
    const ended = await perform(hands, words, plan)
    if (ended.how === 'not_started') {
      await file.update({ phase: 'dropped', reason: `The command ${ended.told}` })
      return await finish(hands, { failed: 'command', ended })
    }
    if (!hasSucceeded(ended)) return await fail(hands, plan, { failed: 'command', ended }, `The command ${ended.told}`)
    const complaint = hasProbe(plan) ? await ask(plan, { guard: file.journal.guard, interrupts }) : undefined
    if (complaint) return await fail(hands, plan, { failed: 'probe', ended }, complaint.told)
    await file.update({ phase: 'succeeded' })
    return await finish(hands, { failed: null, ended })
  } finally {
    interrupts.release()
  }
}

async function intent({ restpoint, scope }: Connected, plan: Plan): Promise<Journal> {
  const [server, { account }] = await Promise.all([
    restpoint.servers.get(plan.serverId, scope),
    restpoint.account.me(scope),
  ])
  const guard = newKey()
  return {
    guard,
    begun_at: new Date().toISOString(),
    host: hostname(),
    url: plan.url,
    email: account.email,
    account_id: scope.account_id ?? null,
    server: { id: server.id, name: server.name },
    was: { running: server.status === 'active', agent: server.agent.connected },
    on_success: plan.onSuccess,
    phase: 'snapshot',
    reason: null,
    snapshot: { name: plan.name ?? `guard-${guard.slice(0, 8)}`, key: newKey(), id: null },
    restore: { key: newKey(), operation_id: null },
  }
}

/** Takes the snapshot. @returns why it was interrupted, if it was. @throws where none could be had. */
async function prepare(hands: Hands): Promise<string | undefined> {
  const ending = new AbortController()
  let interrupt: Interrupt | undefined
  const onInterrupt = (name: Interrupt) => {
    interrupt = name
    ending.abort()
  }
  try {
    const snapshot = await hands.interrupts.during(onInterrupt, () => takeSnapshot(hands, ending.signal))
    if (!interrupt) {
      say(...snapshotLine(snapshot))
      return undefined
    }
  } catch (error) {
    if (!interrupt) throw await withoutSnapshot(hands, error as Error)
  }
  return `It was interrupted (${interruptInWords[interrupt]})`
}

/** Refused, or failed: there is nothing to be left. Unknown: the journal stays. @returns what to throw. */
async function withoutSnapshot({ file }: Hands, error: Error): Promise<Error> {
  const { name, cause } = error
  const isCertain = name === 'RestpointError' || name === 'OperationFailedError'
  if (isCertain) {
    await file.end()
    return error
  }
  const why = error instanceof Unsettled ? ((cause as Error | undefined)?.message ?? '') : error.message
  return new CliError(
    'unreachable',
    `Whether a snapshot was taken nobody can say: ${why}`,
    `Nothing was run. To clear it up: restpoint guard --resume ${file.journal.server.id}`,
  )
}

function perform(hands: Hands, words: readonly string[], { inGuest, timeout, json }: Plan): Promise<Ended> {
  const { interrupts, file } = hands
  if (inGuest) return runInGuest(words, hands, { timeout, stdout: json ? process.stderr : process.stdout })
  return runCommand(words, {
    guard: file.journal.guard,
    interrupts,
    timeoutMs: timeout === undefined ? undefined : timeout * 1000,
    stdin: 'inherit',
    stdout: json ? 2 : 'inherit',
  })
}

async function fail(
  hands: Hands,
  probing: Probing,
  told: { readonly failed: 'command' | 'probe'; readonly ended: Ended },
  reason: string,
): Promise<Outcome> {
  const { file } = hands
  say(`${reason}. Server ${file.journal.server.name} is put back.`)
  await file.update({ phase: 'failed', reason }).catch(() => {
    // No room on the disk: what is there says that the command may have begun, which comes to the same.
  })
  return finish(hands, told, probing)
}
