/** An image comes in, a server is made of it, and somebody lets a database write in it. */
import { makeTable, query } from '../guest/database.ts'
import type { DistroImage } from '../image/build.ts'
import type { Report } from '../report.ts'
import { importImage, makeServer, plan } from '../support/make.ts'
import { booted } from '../support/power.ts'
import type { Member, World } from '../world.ts'

export interface Born {
  readonly origin: Member
  readonly imageId: number
  /** Of the guest, for people: system, kernel, database. */
  readonly system: string
}

export async function birth(world: World, report: Report, image: DistroImage): Promise<Born> {
  const imageId = await report.step('Import the image', async see => {
    const id = await importImage(world, image.file)
    see(`a disk of ${image.diskBytes / 1024 ** 3} GB in a qcow2 file, inspected and copied in`)
    return id
  })

  const origin = await report.step('Make a server of it, with UEFI', async see => {
    const made = await makeServer(world, 'origin', { imageId, firmware: 'uefi' })
    see(`${plan.vcpus} processors, ${plan.memory} MB, a disk of ${plan.storage} GB, network "user", an ssh key`)
    return made
  })

  const system = await report.step('First boot', async see => {
    const reachedMs = await booted(world, origin)
    const { guest } = origin
    const [hostname, bytes, name = '', kernel] = (
      await guest.run('hostname; df --output=size -B1 / | tail -1; . /etc/os-release; echo "$PRETTY_NAME"; uname -r')
    ).split('\n')
    if (hostname !== 'origin') throw new Error(`its host name is ${hostname}`)
    // What file systems take for themselves, and the image's first partitions, are the rest.
    const gigabytes = Number(bytes) / 1024 ** 3
    if (gigabytes < plan.storage * 0.9) throw new Error(`its root file system has only ${gigabytes} GB`)
    const firmware = await guest.run('test -d /sys/firmware/efi && echo UEFI')
    see(
      `reached by ssh through the forwarded port ${Math.round(reachedMs / 1000)} s after it was started, by ${firmware}; ` +
        `host name, key and a root of ${gigabytes.toFixed(1)} GB by cloud-init; no unit failed`,
    )
    return `${name.replace(' GNU/Linux', '')}, kernel ${kernel}`
  })

  return report.step('Prepare the database', async see => {
    await makeTable(origin.guest)
    const version = await query(origin.guest, 'show server_version; show data_checksums; show fsync;')
    const [number = '', checksums, fsync] = version.split('\n')
    if (checksums !== 'on' || fsync !== 'on') throw new Error(`checksums are ${checksums}, fsync is ${fsync}`)
    const database = `PostgreSQL ${number.split(' ')[0]}`
    see(`${database} with checksums and fsync`)
    return { origin, imageId, system: `${system}, ${database}` }
  })
}
