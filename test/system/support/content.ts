/** What one reads through a layer, as a hash. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Reads only (-U): a running QEMU may have the layer open. Meaningful for sealed layers. */
export async function contentHash(layerPath: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'restpoint-content-'))
  try {
    const raw = join(folder, 'raw')
    await execute('qemu-img', ['convert', '-U', '-f', 'qcow2', '-O', 'raw', layerPath, raw])
    const hash = createHash('sha256')
    await pipeline(createReadStream(raw, { highWaterMark: 1 << 20 }), hash)
    return hash.digest('hex')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Throws when the image has corruptions or leaks that a merge or a cut would have left. */
export async function checkImage(layerPath: string): Promise<void> {
  await execute('qemu-img', ['check', '-q', '-U', '-f', 'qcow2', layerPath])
}
