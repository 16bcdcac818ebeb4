/** I10, I12, I16, I18: operations are in somebody's hands, one at a time, in time, and say why they failed. */
import type { Invariant } from '../finding.ts'
import type { World } from '../world.ts'

type Check = Invariant<World>['check']

/** A lease that is over is taken up within a second, and a clock may be a little off. */
const LEASE_GRACE_MS = 5000
/** Leases last half a minute: one that lasts much longer was written by a clock that has been set back since. */
const LEASE_MOST_MS = 5 * 60_000
/** What is due and first of its lane begins within a second. */
const DUE_GRACE_MS = 60_000
const DEADLINE_GRACE_MS = 60_000

const owned: Check = async ({ rows, service, isServed, now }) => {
  const findings: Awaited<ReturnType<Check>> = []
  if (service && !isServed) {
    findings.push({
      level: 'fault',
      subject: 'the service',
      text: `The service (process ${service.pid}) has been stopped by a signal: it holds the state folder and does nothing.`,
      remedy: `Let it go on (kill -CONT ${service.pid}), or end it (kill -KILL ${service.pid}) and start it again. Servers run on.`,
    })
  }
  const merges = rows.operations.filter(({ kind, status }) => kind === 'merge' && status === 'running').length
  for (const { id, kind, lane, status, lease_until, run_after, step } of rows.operations) {
    const what = `Operation ${id} (${kind}${step === null ? '' : `, at ${step}`})`
    if (status === 'running') {
      const left = (lease_until ?? 0) - now
      // Handed over in order, to a service that does not run yet.
      if (lease_until === 0 && !service) continue
      if (left >= -LEASE_GRACE_MS && left <= LEASE_MOST_MS) continue
      if (isServed && kind === 'merge' && lease_until === 0 && merges > 1) continue // has to wait for its share
      findings.push({
        level: 'fault',
        subject: `operation ${id}`,
        text:
          left > 0
            ? `${what} is held for another ${minutes(left)}: whoever held it had a clock that was ahead.`
            : `${what} is in progress, and nobody works on it${lease_until === 0 ? '' : `: its lease ended ${seconds(-left)} ago`}.`,
        remedy: isServed
          ? 'Restart the service: it takes up what it finds. Servers run on. If it comes back, the log says why.'
          : 'Start the service: it takes it up, or takes it back. Servers run on.',
        ...(left > 0 || !service ? { repair: { kind: 'release' as const, operationId: id } } : {}),
      })
    } else if (isServed && run_after < now - DUE_GRACE_MS && kind !== 'merge') {
      if (rows.operations.some(other => other.lane === lane && other.id < id)) continue
      findings.push({
        level: 'fault',
        subject: `operation ${id}`,
        text: `${what} has been ${status} and due for ${seconds(now - run_after)}, and nobody takes it up.`,
        remedy: 'Restart the service and read its log: a kind that this version does not know stays where it is.',
      })
    }
  }
  return findings
}

const alone: Check = async ({ rows, db }) => {
  const findings: Awaited<ReturnType<Check>> = []
  const running = rows.operations.filter(({ status }) => status === 'running')
  for (const one of running) {
    const other = running.find(({ id, lane, server_id, kind }) => {
      if (id <= one.id) return false
      return lane === one.lane || (kind !== 'merge' && server_id !== null && server_id === one.server_id)
    })
    if (!other) continue
    findings.push({
      level: 'damage',
      subject: `operation ${one.id} and ${other.id}`,
      text: `Operation ${one.id} (${one.kind}) and operation ${other.id} (${other.kind}) run at the same time on ${one.lane}.`,
      remedy: 'Stop the service, look again, and tell us: nothing of ours may do that.',
    })
  }
  const twice = await db
    .selectFrom('layer_leases')
    .select('layer_id')
    .where('mode', '=', 'merge')
    .groupBy('layer_id')
    .having(eb => eb.fn.countAll(), '>', 1)
    .execute()
  for (const { layer_id } of twice) {
    findings.push({
      level: 'damage',
      subject: `layer ${layer_id}`,
      text: `More than one merge holds layer ${layer_id}.`,
      remedy: 'Stop the service, look again, and tell us: nothing of ours may do that.',
    })
  }
  return findings
}

const inTime: Check = async ({ rows, isServed, now }) =>
  rows.operations.flatMap(({ id, kind, deadline_at, direction, step }) => {
    // What is taken back takes as long as it must: what an earlier step did may stand on it.
    if (!isServed || direction === 'unwinding' || deadline_at === null) return []
    if (deadline_at > now - DEADLINE_GRACE_MS) return []
    return [
      {
        level: 'fault' as const,
        subject: `operation ${id}`,
        text: `Operation ${id} (${kind}) should have ended ${seconds(now - deadline_at)} ago and is still at ${step ?? 'its start'}.`,
        remedy: 'Restart the service: it is taken up, found to be late and taken back. Servers run on.',
      },
    ]
  })

const explained: Check = async ({ db }) => {
  const rows = await db
    .selectFrom('operations')
    .select(['id', 'kind', 'status'])
    .where('status', 'in', ['failed', 'cancelled'])
    .where(eb => eb.or([eb('error_code', 'is', null), eb('error_detail', 'is', null)]))
    .execute()
  return rows.map(({ id, kind, status }) => ({
    level: 'fault' as const,
    subject: `operation ${id}`,
    text: `Operation ${id} (${kind}) is ${status} and does not say why.`,
    remedy: 'The log of the service may.',
  }))
}

function seconds(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : minutes(ms)
}

function minutes(ms: number): string {
  return `${Math.round(ms / 60_000)} minutes`
}

export const operationInvariants: Invariant<World>[] = [
  { id: 'I10', title: 'what is in progress is in the hands of a living service', check: owned },
  { id: 'I12', title: 'one operation at a time on a server, one merge on a layer', check: alone },
  { id: 'I16', title: 'every operation ends by its deadline', check: inTime },
  { id: 'I18', title: 'what failed says why', check: explained },
]
