/** What is tried on real QEMU: every kind of operation, in the situations in which the driver goes different ways. */
import type { Scenario } from '../attempt.ts'
import { scenarios } from '../scenarios.ts'

const leftOut: ReadonlySet<string> = new Set([
  // To the driver the same as the ones above them.
  'snapshot deleted, the base image below',
  'merge beside a clone, both stopped',
])

export const qemuScenarios: readonly Scenario[] = scenarios.filter(({ during }) => !leftOut.has(during))

const few: ReadonlySet<string> = new Set([
  'snapshot_create, server running',
  'snapshot_restore, server running',
  'merge into a sealed layer, server stopped',
  'server_clone',
])

/** What `npm test` has the time for. */
export const fewQemuScenarios: readonly Scenario[] = qemuScenarios.filter(({ during }) => few.has(during))
