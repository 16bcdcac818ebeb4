/** What one reads through a layer, as a hash. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Reads only (-U): a running QEMU may have the layer open. Meaningful for sealed layers. */
export function contentHash(layerPath: string): Promise<string> {
  return withRaw(layerPath, async raw => {
    return await hashOf(raw)
  })
}

/** MD5 of a file in the ext4 of that disk, read without mounting it; of nothing where it is not there. */
export function fileInLayer(layerPath: string, file: string): Promise<string> {
  return withRaw(layerPath, async raw => {
    // -c: reads whatever can be read of a damaged file system.
    const options = { encoding: 'buffer', maxBuffer: 64 << 20 } as const
    const { stdout } = await execute('/sbin/debugfs', ['-c', '-R', `cat ${file}`, raw], options)
    return createHash('md5').update(stdout).digest('hex')
  })
}

async function withRaw<Value>(layerPath: string, work: (raw: string) => Promise<Value>): Promise<Value> {
  const folder = await mkdtemp(join(tmpdir(), 'restpoint-content-'))
  try {
    const raw = join(folder, 'raw')
    await execute('qemu-img', ['convert', '-U', '-f', 'qcow2', '-O', 'raw', layerPath, raw])
    return await work(raw)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const PIECE = 64 * 1024
const ZEROES = Buffer.alloc(PIECE)

/** Of every piece that is not all zeroes and of where it lies: most of a guest's disk is empty, and holes are not read. */
async function hashOf(raw: string): Promise<string> {
  const { stdout } = await execute('qemu-img', ['map', '-f', 'raw', '--output=json', raw], { maxBuffer: 64 << 20 })
  const extents = (JSON.parse(stdout) as { start: number; length: number; data: boolean }[]).filter(({ data }) => data)
  const hash = createHash('sha256')
  const buffer = Buffer.alloc(PIECE)
  const file = await open(raw)
  try {
    let next = 0
    for (const { start, length } of extents) {
      for (let piece = Math.max(next, Math.floor(start / PIECE)); piece * PIECE < start + length; piece++) {
        const { bytesRead } = await file.read(buffer, 0, PIECE, piece * PIECE)
        const found = buffer.subarray(0, bytesRead)
        if (!found.equals(ZEROES.subarray(0, bytesRead))) hash.update(`${piece}:`).update(found)
        next = piece + 1
      }
    }
    return hash.digest('hex')
  } finally {
    await file.close()
  }
}

/** Throws when the image has corruptions or leaks that a merge or a cut would have left. */
export async function checkImage(layerPath: string): Promise<void> {
  await execute('qemu-img', ['check', '-q', '-U', '-f', 'qcow2', layerPath])
}
