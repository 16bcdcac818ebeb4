/** I7: layers are sound in themselves; with `deep`, they can be read from the first byte to the last. */
import { createReadStream } from 'node:fs'
import type { Invariant } from '../finding.ts'
import { openersOf } from '../openers.ts'
import { whoReads } from '../readers.ts'
import type { World } from '../world.ts'

type Check = Invariant<World>['check']

/** How many at once. */
const ABREAST = 2

/**
 * Of every layer that nobody writes to. Read only and without a lock, so that no start or merge is refused because of
 * us; one that has begun to write to it meanwhile makes the answer worthless, and then there is none.
 */
const sound: Check = async world => {
  const { rows, files, paths, host, options } = world
  const there = new Set(files.layers.map(({ id }) => id))
  const toCheck = [...rows.layers.values()].filter(row => {
    if (row.state === 'prepared' || row.state === 'trash' || row.format !== 'qcow2') return false
    if (row.file === null ? !there.has(row.id) : world.changedAt(row.file) === undefined) return false
    return openersOf(world, row).writing.length === 0
  })
  const findings: Awaited<ReturnType<Check>> = []
  const next = toCheck.values()
  const work = async () => {
    for (const row of next) {
      const path = paths.layer(row)
      const before = world.changedAt(path)
      const said = (await qemuImgCheck(host, path)) ?? (options.deep ? await readAll(path) : undefined)
      if (said === undefined || world.changedAt(path) !== before) continue
      findings.push({
        level: 'damage',
        subject: `layer ${row.id}`,
        text: `Layer ${row.id} is damaged: ${said}. ${whoReads(world, row.id)}`,
        remedy: `Put ${path} back from a copy. \`qemu-img check -r all\` on a copy of it may save a part.`,
      })
    }
  }
  await Promise.all(Array.from({ length: ABREAST }, work))
  return findings
}

/** Leaks (exit code 3) are what a QEMU that was killed leaves: space, and no harm. */
async function qemuImgCheck(host: World['host'], path: string): Promise<string | undefined> {
  // Without what it stands on, which is checked by itself.
  const image = { driver: 'qcow2', backing: null, file: { driver: 'file', filename: path } }
  try {
    await host.run('qemu-img', ['check', '-U', '-q', `json:${JSON.stringify(image)}`])
    return undefined
  } catch (error) {
    const { exitCode, message } = error as Error & { exitCode?: unknown }
    if (exitCode === 3) return undefined
    return message.split('\n')[0]
  }
}

async function readAll(path: string): Promise<string | undefined> {
  try {
    for await (const _ of createReadStream(path, { highWaterMark: 1024 * 1024 }));
    return undefined
  } catch (error) {
    return `it cannot be read to its end (${(error as Error).message})`
  }
}

export const layerInvariants: Invariant<World>[] = [
  { id: 'I7', title: 'qemu-img check finds no damage in a layer that nobody writes to', check: sound },
]
