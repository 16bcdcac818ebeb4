/** Everything that is looked at, by number: docs/doctor.md is the list for people. */
import type { Invariant } from './finding.ts'
import { accountInvariants } from './invariants/accounts.ts'
import { chainInvariants } from './invariants/chains.ts'
import { deletionInvariants } from './invariants/deletions.ts'
import { guestInvariants } from './invariants/guests.ts'
import { layerInvariants } from './invariants/layers.ts'
import { leftoverInvariants } from './invariants/leftovers.ts'
import { limitInvariants } from './invariants/limits.ts'
import { operationInvariants } from './invariants/operations.ts'
import { secretInvariants } from './invariants/secrets.ts'
import { shapeInvariants } from './invariants/shape.ts'
import { snapshotInvariants } from './invariants/snapshots.ts'
import { writerInvariants } from './invariants/writers.ts'
import type { World } from './world.ts'

const number = ({ id }: { readonly id: string }) => Number(id.slice(1))

export const invariants: readonly Invariant<World>[] = [
  ...chainInvariants,
  ...shapeInvariants,
  ...writerInvariants,
  ...layerInvariants,
  ...snapshotInvariants,
  ...operationInvariants,
  ...deletionInvariants,
  ...guestInvariants,
  ...leftoverInvariants,
  ...limitInvariants,
  ...accountInvariants,
  ...secretInvariants,
].sort((a, b) => number(a) - number(b))
