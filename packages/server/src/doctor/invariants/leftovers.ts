/** I24: nothing is left over, and nothing that is referred to is missing. */
import type { Invariant } from '../finding.ts'
import type { World } from '../world.ts'
import { leftFiles } from './leftovers/files.ts'
import { leftByMachines } from './leftovers/machines.ts'
import { missingFiles } from './snapshots.ts'

export const leftoverInvariants: Invariant<World>[] = [
  {
    id: 'I24',
    title: 'nothing is left over, nothing is missing',
    check: async world => [
      ...missingFiles(world)
        .filter(({ ofSnapshot }) => !ofSnapshot)
        .map(({ finding }) => finding),
      ...leftFiles(world),
      ...(await leftByMachines(world)),
    ],
  },
]
