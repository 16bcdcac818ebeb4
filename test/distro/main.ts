/** `npm run test:distro`: the whole life of a server that holds a real Debian. */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { machinesOf } from '../system/support/machines.ts'
import { accelerationOf, hostFacts } from './host.ts'
import { type DistroImage, distroImage } from './image/build.ts'
import { birth } from './life/birth.ts'
import { branch } from './life/branch.ts'
import { end } from './life/end.ts'
import { farewell } from './life/farewell.ts'
import { past } from './life/past.ts'
import { pageFile, writePage } from './page.ts'
import { duration, Report } from './report.ts'
import { World } from './world.ts'

const USAGE = `The whole life of a server that holds a real Debian: import, boot, snapshots under load, restore, undo, clone, upgrade.
Takes half an hour without KVM, longer where others work on the machine.

  npm run test:distro

  --write   write what was measured to docs/tested.md
  --keep    when something has failed, or before all is deleted, leave everything to look around, until Ctrl-C

Exit code: 0 all is well, 1 something failed.
`

const { values } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) process.stdout.write(USAGE)
else process.exitCode = await test()

async function test(): Promise<number> {
  const report = new Report()
  const ranAt = new Date()
  let world: World | undefined
  // The guests are ended by `finally`; whatever waits for them then fails.
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => reject(new Error(`ended by ${signal}`)))
  })
  interrupted.catch(() => undefined)
  try {
    const image = await Promise.race([buildImage(report), interrupted])
    world = await Promise.race([World.make(), interrupted])
    const facts = await Promise.race([wholeLife(world, report, image), interrupted])
    const total = report.steps.reduce((sum, { seconds }) => sum + seconds, 0)
    console.log(`\nAll ${report.steps.length} steps are well, in ${duration(total)}.`)
    if (values.write) {
      await writePage({ ...facts, host: await hostFacts(), builtAt: image.builtAt, ranAt, steps: report.steps })
      console.log(`Written: ${path.relative(process.cwd(), pageFile)}`)
    }
    return 0
  } catch (error) {
    console.error(`\n✖ ${(error as Error).message}`)
    if (world) await tellMore(world)
    if (world && values.keep) await lookAround(world)
    return 1
  } finally {
    await world?.end()
  }
}

function buildImage(report: Report): Promise<DistroImage> {
  return report.step('Build a Debian image', async see => {
    const image = await distroImage(line => console.log(`  ${line}`))
    see(image.isCached ? 'from the cache' : 'with mmdebstrap; for BIOS and UEFI')
    return image
  })
}

/** What of it belongs on the page. */
async function wholeLife(world: World, report: Report, image: DistroImage) {
  const born = await birth(world, report, image)
  const acceleration = await accelerationOf(world.service.stateDir)
  const before = await past(world, report, born.origin)
  const beside = await branch(world, report, born.origin, before)
  await farewell(world, report, born, before, beside)
  if (values.keep) await lookAround(world)
  await end(world, report, born.imageId, beside.clone)
  return { acceleration, guest: born.system }
}

/** The ends of what the service and the guests' consoles said. */
async function tellMore(world: World): Promise<void> {
  console.error(`\nThe service said last:\n${world.service.output().slice(-3000)}`)
  for (const { name } of await machinesOf(world.service.stateDir)) console.error(`still running: ${name}`)
}

/** Resolves at Ctrl-C. */
function lookAround(world: World): Promise<void> {
  const { url, token, stateDir } = world.service
  const servers = world.members.map(({ id, guest }) => `  server ${id}: ${guest.command}`)
  console.log(
    `\nLook around; Ctrl-C goes on, to the end of it all.\n  export RESTPOINT_URL=${url} RESTPOINT_TOKEN=${token}`,
  )
  console.log([`  state folder: ${stateDir}`, ...servers].join('\n'))
  return new Promise(resolve => {
    const awake = setInterval(() => undefined, 3600_000)
    process.once('SIGINT', () => resolve(clearInterval(awake)))
  })
}
