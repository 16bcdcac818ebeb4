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

/** Of every piece that is not all zeroes and of where it lies: most of a guest's disk is empty. */
async function hashOf(raw: string): Promise<string> {
  const hash = createHash('sha256')
  const file = await open(raw)
  try {
    for (let piece = 0; ; piece++) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(PIECE), 0, PIECE)
      if (bytesRead === 0) return hash.digest('hex')
      if (!buffer.equals(ZEROES)) hash.update(`${piece}:`).update(buffer.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}

/** Throws when the image has corruptions or leaks that a merge or a cut would have left. */
export async function checkImage(layerPath: string): Promise<void> {
  await execute('qemu-img', ['check', '-q', '-U', '-f', 'qcow2', layerPath])
}
