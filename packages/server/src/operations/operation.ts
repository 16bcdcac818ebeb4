/**
 * What an operation is made of. The engine knows no nouns: a kind brings its steps, and what they mean is its own.
 *
 * A step has two halves. `run` has side effects outside the database and may be repeated: after a crash nobody knows
 * whether it happened, so it looks first. `record` writes what happened, in the very transaction that journals the
 * step as done. So there are only two truths: not journalled (run again) and journalled (never run again).
 */
import type { Trx } from '../db/database.ts'
import type { ErrorCode } from '../errors.ts'

export interface OperationRef {
  readonly id: number
  readonly accountId: number
  readonly serverId: number | null
  readonly snapshotId: number | null
  readonly imageId: number | null
  /** Epoch ms of the request. */
  readonly createdAt: number
}

export interface StepContext<Input, Output> {
  readonly operation: OperationRef
  /** Fixed at the request; ids of everything that will be made are in it. */
  readonly input: Input
  /** What the steps so far have given. */
  readonly output: Partial<Output>
  /** Aborted when the operation is cancelled, runs out of time, or the service stops. */
  readonly signal: AbortSignal
  /** How far this step is, 0–1. Never goes back. */
  progress(fraction: number): void
}

export interface Step<Input, Output> {
  readonly name: string
  /** How much of the progress bar is this step's, relative to the others. */
  readonly weight: number
  run?(context: StepContext<Input, Output>): Promise<Partial<Output> | undefined>
  /** In the transaction that journals the step; `context.output` already holds what `run` gave. */
  record?(trx: Trx, context: StepContext<Input, Output>): Promise<void>
  /** Takes back whatever of the step happened: all, some or nothing. May be repeated. What it gives joins the output. */
  undo?(context: StepContext<Input, Output>): Promise<Partial<Output> | undefined>
  unrecord?(trx: Trx, context: StepContext<Input, Output>): Promise<void>
}

export interface OperationError {
  readonly code: ErrorCode
  readonly detail: string
}

export interface OperationKind<Input = unknown, Output = unknown> {
  readonly kind: string
  /** From the first claim, ms; then it is unwound. Null: waits as long as it must (background work). */
  readonly deadlineMs: number | null
  /** Background work has its own, small share of the engine. */
  readonly background: boolean
  readonly cancellable: boolean
  readonly steps: readonly Step<Input, Output>[]
  /** In the transaction that ends it. */
  completed?(trx: Trx, context: StepContext<Input, Output>): Promise<void>
  /** In the transaction that ends it, after everything was unwound. */
  failed?(trx: Trx, context: StepContext<Input, Output>, error: OperationError): Promise<void>
}

/** Thrown by a step that cannot go on now. The operation waits, says for what, and is taken up again. */
export class Deferred extends Error {
  override readonly name = 'Deferred'
  readonly waitsFor: string
  readonly delayMs: number
  /** Forget what was done and begin with the first step. */
  readonly fromStart: boolean
  /** As long each time; default: longer and longer. */
  readonly isSteady: boolean

  constructor(waitsFor: string, options: { delayMs?: number; fromStart?: boolean; isSteady?: boolean } = {}) {
    super(`waits: ${waitsFor}`)
    this.waitsFor = waitsFor
    this.delayMs = options.delayMs ?? 1000
    this.fromStart = options.fromStart ?? false
    this.isSteady = options.isSteady ?? false
  }
}

/** Somebody else has claimed the operation since: whatever this one does now must not be written. */
export class StaleFence extends Error {
  override readonly name = 'StaleFence'
}
