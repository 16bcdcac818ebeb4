/**
 * `npm run soak -- --minutes M --seed S [--kills K]`: the service and QEMUs are killed at random moments of snapshots,
 * restores, undos, merges and starts, with a clone beside its origin, on one state folder throughout, while both guests
 * write. What the guests have reported as durable is kept outside of them and compared; so are snapshots' contents.
 */
import { parseArgs } from 'node:util'
import { nothing, report } from '../tally.ts'
import { soak } from './soak.ts'

const USAGE = `Kills the service and QEMUs at random moments and sees that nothing is lost.

  npm run soak -- [--minutes 10] [--kills 100] [--seed S] [--postgres]

It ends after so many minutes or kills, whichever comes first. Exit code: 0 nothing was lost, 1 something was.
`

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    kills: { type: 'string', default: '100' },
    seed: { type: 'string' },
    postgres: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    tally: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) process.stdout.write(USAGE)
else {
  const result = await soak({
    seed: Number(values.seed ?? Date.now() % 1_000_000),
    minutes: Number(values.minutes),
    kills: values.quick ? 6 : Number(values.kills),
    isOnPostgres: values.postgres,
  })
  await report({ ...nothing, ...result }, { tally: values.tally })
}
