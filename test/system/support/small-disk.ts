/** A small file system of its own (ext4 on a loop device), that a test can fill and make room in again. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, open, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const MIB = 1024 * 1024

/** Why none can be mounted here; false: one can. */
export function needsMount(): false | string {
  if (process.getuid?.() !== 0) return 'mounting a small file system takes root'
  const probe = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { encoding: 'utf8' })
  if (probe.status === 0) return false
  const reason = `mounting is not permitted here: ${(probe.stderr ?? '').trim()}`
  if (process.env['CI'] === 'true') throw new Error(`${reason} (a failure, not a skip, because CI=true)`)
  return reason
}

export class SmallDisk {
  /** Where it is mounted. */
  readonly path: string
  readonly #folder: string
  readonly #unmountAtExit: () => void

  private constructor(folder: string) {
    this.#folder = folder
    this.path = join(folder, 'd')
    // Whatever happens: not even the folder could be removed otherwise.
    this.#unmountAtExit = () => void spawnSync('umount', ['--lazy', this.path])
    process.once('exit', this.#unmountAtExit)
  }

  static async mount(sizeMb: number): Promise<SmallDisk> {
    const disk = new SmallDisk(await mkdtemp(join(tmpdir(), 'small-')))
    try {
      const image = join(disk.#folder, 'image')
      const file = await open(image, 'w')
      await file.truncate(sizeMb * MIB)
      await file.close()
      // Nothing in reserve for root, whose processes could go on where others are out of space.
      await execute('/sbin/mkfs.ext4', ['-q', '-m', '0', image])
      await execute('mkdir', ['-m', '711', disk.path])
      await execute('mount', ['-o', 'loop', image, disk.path])
      await execute('chmod', ['711', disk.path])
      return disk
    } catch (error) {
      await disk.unmount()
      throw error
    }
  }

  async freeMb(): Promise<number> {
    const { bavail, bsize } = await statfs(this.path)
    return (bavail * bsize) / MIB
  }

  /** Something else takes what there is, but so much. */
  async fillUpTo(leftMb: number): Promise<void> {
    await this.makeRoom()
    const takes = Math.floor(((await this.freeMb()) - leftMb) * MIB)
    await execute('fallocate', ['-l', String(takes), join(this.path, 'ballast')])
  }

  async makeRoom(): Promise<void> {
    await rm(join(this.path, 'ballast'), { force: true })
  }

  async unmount(): Promise<void> {
    // What still has a file open keeps its own view of it: nothing of ours does by now.
    await execute('umount', [this.path]).catch(this.#unmountAtExit)
    process.off('exit', this.#unmountAtExit)
    await rm(this.#folder, { recursive: true, force: true })
  }
}
