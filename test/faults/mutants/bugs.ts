import type { Bug } from './bug.ts'
import { fileBugs } from './bugs/files.ts'
import { garbageBugs } from './bugs/garbage.ts'
import { mergeBugs } from './bugs/merges.ts'
import { operationBugs } from './bugs/operations.ts'
import { requestBugs } from './bugs/requests.ts'
import { snapshotBugs } from './bugs/snapshots.ts'

const groups = [mergeBugs, garbageBugs, snapshotBugs, requestBugs, operationBugs, fileBugs]

/** Each is planted alone, and the tests that are named for it must fail. */
export const bugs: readonly Bug[] = groups.flat()

/** One of each group. */
export const quickBugs: readonly Bug[] = groups.flatMap(group => group.slice(0, 1))
