/**
 * The cut. What stands in its way (a merge into an active layer) is cancelled first; then, if the guest can, its file
 * systems are frozen by the keeper, all disks switch in one QMP transaction, and the keeper thaws. Only the counts
 * that freeze and thaw returned prove that the freeze held from before to after the transaction.
 */
import {
  type Consistency,
  type ConsistencyReason,
  type ConsistencyRequest,
  consistencyReasons,
  frozenThroughout,
} from '../../domain/consistency.ts'
import { Failure } from '../../errors.ts'
import type { CutDisk, CutReport } from '../driver.ts'
import { blockNode, nodeName } from './command-line.ts'
import type { Host } from './host.ts'
import { type Keeper } from './keeper/client.ts'
import { AgentUnavailable } from './keeper/protocol.ts'
import type { GuestPaths } from './paths.ts'
import type { Session } from './session.ts'

/** A transaction waits for the writes in flight; longer than this and its outcome must be asked for. */
const TRANSACTION_LIMIT_MS = 20_000

interface Achieved {
  readonly achieved: Consistency
  readonly reason: ConsistencyReason | null
  readonly freezeMs: number | null
}

export async function attachLayers(session: Session, paths: GuestPaths, disks: readonly CutDisk[]): Promise<void> {
  await session.exclusively(async () => {
    for (const { to } of disks) await session.openNode(to.id, blockNode(paths, to, null, true))
  })
}

export async function detachLayers(session: Session, disks: readonly CutDisk[]): Promise<void> {
  await session.exclusively(async () => {
    for (const { to } of disks) await session.closeNode(to.id)
  })
}

/** Do the disks stand on their new layers? The transaction switches all or none. */
export async function isCut(session: Session, disks: readonly CutDisk[]): Promise<boolean> {
  const chains = await session.exclusively(() => session.chains())
  return disks.every(({ diskId, to }) => chains.get(diskId)?.includes(to.id) === true)
}

/** However well it was shut down, that its file systems are whole is nothing that we have seen. */
export function cutStopped(request: ConsistencyRequest, now: number): CutReport {
  const reason = 'not_running'
  if (request === 'filesystem') throw unavailable(reason)
  return { cutAt: now, achieved: 'crash', reason, freezeMs: null, pauseMs: null, running: false }
}

function unavailable(reason: ConsistencyReason): Failure {
  return new Failure('consistency_unavailable', `Nothing was cut: ${consistencyReasons[reason]}.`)
}

export async function cutRunning(
  { keeper, now }: Pick<Host, 'keeper' | 'now'>,
  session: Session,
  agentSocket: string,
  disks: readonly CutDisk[],
  request: ConsistencyRequest,
): Promise<CutReport> {
  const { status } = await session.monitor.execute<{ status: string }>('query-status')
  return session.exclusively(async () => {
    for (const { from } of disks) await session.cancelMergesInto(from.id)
    const freeze = await tryFreeze(session, keeper, agentSocket, request, status === 'running')
    let cutAt = 0
    let pauseMs = 0
    const proof = await thawAfter(keeper, agentSocket, freeze, async () => {
      const before = performance.now()
      await session.monitor.execute('transaction', { actions: disks.map(action) }, { timeoutMs: TRANSACTION_LIMIT_MS })
      pauseMs = performance.now() - before
      cutAt = now()
    })
    return { cutAt, ...proof, pauseMs: round(pauseMs), running: true }
  })
}

type Freeze = { readonly frozen: true } | { readonly frozen: false; readonly reason: ConsistencyReason }

async function tryFreeze(
  session: Session,
  keeper: Keeper,
  agentSocket: string,
  request: ConsistencyRequest,
  guestRuns: boolean,
): Promise<Freeze> {
  if (request === 'crash') return { frozen: false, reason: 'not_asked' }
  try {
    // A paused guest's agent cannot answer; do not wait for it.
    if (!guestRuns) throw new AgentUnavailable('agent_absent', 'the server is paused')
    // Nor wait for one that is not there: only QEMU can tell it from one that is slow.
    if (!(await session.isAgentConnected())) throw new AgentUnavailable('agent_absent')
    await keeper.freeze(agentSocket)
    return { frozen: true }
  } catch (error) {
    if (!(error instanceof AgentUnavailable)) throw error
    if (request === 'filesystem') throw unavailable(error.reason)
    return { frozen: false, reason: error.reason }
  }
}

/** Does the work and thaws whatever happens; what the thaw says decides what was achieved. */
async function thawAfter(
  keeper: Keeper,
  agentSocket: string,
  freeze: Freeze,
  work: () => Promise<void>,
): Promise<Achieved> {
  if (!freeze.frozen) {
    await work()
    return { achieved: 'crash', reason: freeze.reason, freezeMs: null }
  }
  let failed: { error: unknown } | undefined
  await work().catch(error => {
    failed = { error }
  })
  const thaw = await keeper.thaw(agentSocket).catch(error => {
    if (error instanceof AgentUnavailable) return error.reason
    throw error
  })
  if (failed) throw failed.error
  if (typeof thaw === 'string') return { achieved: 'crash', reason: thaw, freezeMs: null }
  const held = frozenThroughout(thaw.frozen, thaw.thawed) && !thaw.byDeadline
  return {
    achieved: held ? 'filesystem' : 'crash',
    reason: held ? null : 'thawed_early',
    freezeMs: round(thaw.frozenMs),
  }
}

function action({ from, to }: CutDisk): object {
  return { type: 'blockdev-snapshot', data: { node: nodeName(from.id), overlay: nodeName(to.id) } }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
