/** Every kind of operation that there is, and deletions, which are what garbage collection makes of them. */
import type { Scenario } from './attempt.ts'
import { deletionScenarios } from './scenarios/deletions.ts'
import { imageScenarios } from './scenarios/images.ts'
import { powerScenarios } from './scenarios/power.ts'
import { serverScenarios } from './scenarios/servers.ts'
import { snapshotScenarios } from './scenarios/snapshots.ts'

export const scenarios: readonly Scenario[] = [
  ...snapshotScenarios,
  ...deletionScenarios,
  ...serverScenarios,
  ...powerScenarios,
  ...imageScenarios,
]
