/** What has become of a guard: the document of --json, and its lines for people. */
import { type Ending, exitCodes } from '../exit-codes.ts'
import type { Ended } from './ended.ts'
import type { Journal } from './journal.ts'
import type { PutBack } from './restore.ts'

/** Stable: scripts read it. */
export interface Outcome {
  readonly guard: string
  readonly server: { readonly id: number; readonly name: string }
  /** Null: none was taken. */
  readonly snapshot: { readonly id: number; readonly name: string; readonly kept: boolean } | null
  /** `nothing_run`: the server is as it was, because nothing was run. `not_restored`: `--resume` tries again. */
  readonly outcome: 'succeeded' | 'restored' | 'not_restored' | 'nothing_run'
  /** What has failed or was interrupted; null where nothing has, or nobody knows any more. */
  readonly failed: 'snapshot' | 'command' | 'probe' | null
  /** Why, in a sentence for people. */
  readonly reason: string | null
  /** Of the command; both null where it did not end by itself. */
  readonly exit_code: number | null
  readonly signal: string | null
  readonly restore: {
    readonly operation_id: number
    /** Whether the server is as far up as it was before: it runs, its agent answers. */
    readonly up: boolean
    /** After the restore; null where there was none to ask. */
    readonly probe: 'passed' | 'failed' | null
    /** What brings back what was there before the restore; null: nothing does. */
    readonly undo: string | null
  } | null
}

export const endings = {
  succeeded: 'ok',
  restored: 'restored',
  nothing_run: 'restored',
  not_restored: 'notRestored',
} as const satisfies Record<Outcome['outcome'], Ending>

export function exitCodeOf({ outcome }: Outcome): number {
  return exitCodes[endings[outcome]].code
}

export interface Telling {
  readonly failed: Outcome['failed']
  readonly ended: Ended | null
  readonly probe?: 'passed' | 'failed' | null
}

export function outcomeOf(
  { guard, server, snapshot, reason }: Journal,
  outcome: Outcome['outcome'],
  isKept: boolean,
  { failed, ended, probe = null }: Telling,
  putBack?: PutBack,
): Outcome {
  const { id, name } = snapshot
  return {
    guard,
    server,
    snapshot: id === null ? null : { id, name, kept: isKept },
    outcome,
    failed,
    reason,
    exit_code: ended?.exit_code ?? null,
    signal: ended?.signal ?? null,
    restore: putBack
      ? {
          operation_id: putBack.operationId,
          up: putBack.missing === null,
          probe,
          undo: putBack.server.undo.available ? `restpoint snapshot undo ${server.id}` : null,
        }
      : null,
  }
}

export function outcomeLines(told: Outcome): string[] {
  const { server, snapshot, restore, reason, guard } = told
  const name = `${server.name} (${server.id})`
  const kept = snapshot?.kept ? [`Its snapshot ${snapshot.name} (${snapshot.id}) is kept.`] : []
  switch (told.outcome) {
    case 'succeeded':
      return [
        `All went well with ${name}.`,
        ...(snapshot?.kept
          ? [`To go back all the same: restpoint snapshot restore ${snapshot.id}`]
          : ['Its snapshot is deleted.']),
      ]
    case 'nothing_run':
      return [`Nothing was run: ${name} is as it was.`, ...reasonLines(reason)]
    case 'restored':
      return [
        `Server ${name} was put back${snapshot ? ` to ${snapshot.name}` : ''}${restore?.up ? ', and is up again' : ''}.`,
        ...reasonLines(reason),
        ...(restore?.up === false ? ['It is not up yet: restpoint server show ' + server.id] : []),
        ...(restore?.probe
          ? [`The probe ${restore.probe === 'passed' ? 'finds all well again' : 'still fails'}.`]
          : []),
        ...(restore?.undo ? [`To have what was there before: ${restore.undo}`] : []),
        ...kept,
      ]
    case 'not_restored':
      return [
        `Server ${name} could not be put back.`,
        ...reasonLines(reason),
        `To try again: restpoint guard --resume ${server.id} (guard ${guard})`,
        ...kept,
      ]
  }
}

function reasonLines(reason: string | null): string[] {
  return reason === null ? [] : [`${reason}.`]
}
