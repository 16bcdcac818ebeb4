/** The same image by the other firmware, then all goes. */
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { machinesOf } from '../../system/support/machines.ts'
import { until } from '../../system/support/until.ts'
import type { Report } from '../report.ts'
import { makeServer } from '../support/make.ts'
import { remove } from '../support/operations.ts'
import { booted } from '../support/power.ts'
import type { Member, World } from '../world.ts'

export async function end(world: World, report: Report, imageId: number, clone: Member): Promise<void> {
  const { api, service } = world

  const server = await report.step('Boot another server of the image, by BIOS', async see => {
    const made = await makeServer(world, 'other', { imageId, firmware: 'bios' })
    const reachedMs = await booted(world, made)
    await made.guest.run('test ! -d /sys/firmware/efi')
    see(`reached by ssh ${Math.round(reachedMs / 1000)} s after it was started; no unit failed`)
    return made
  })

  await report.step('Delete image and servers', async see => {
    await remove(api, `/images/${imageId}/`)
    for (const { id } of [clone, server]) await remove(api, `/servers/${id}/`)
    const files = () => readdir(path.join(service.stateDir, 'guests/layers'))
    await until('the layers gone', async () => (await files()).length === 0, 120_000)
    const machines = await machinesOf(service.stateDir)
    if (machines.length > 0) throw new Error(`still running: ${machines.map(({ name }) => name).join(', ')}`)
    see('no layer and no process is left')
  })
}
