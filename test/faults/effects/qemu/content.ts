/** What images and layers hold, block by block, put there and read back by QEMU's own tools. */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { BLOCK_BYTES } from '../../../../packages/server/src/drivers/contract/harness.ts'
import type { Layer } from '../../../../packages/server/src/drivers/driver.ts'
import type { Content } from '../world.ts'

export { BLOCK_BYTES }

const execute = promisify(execFile)

export async function fillImage(
  path: string,
  { format, sizeBytes }: Pick<Layer, 'format' | 'sizeBytes'>,
  content: Content,
): Promise<void> {
  await (await open(path, 'wx', 0o600)).close()
  await execute('qemu-img', ['create', '-q', '-f', format, path, String(sizeBytes)])
  const writes = [...content].flatMap(([block, value]) => [
    '-c',
    `write -P ${value} ${block * BLOCK_BYTES} ${BLOCK_BYTES}`,
  ])
  await execute('qemu-io', ['-f', format, ...writes, path])
}

/** `chain`: paths from the top down. `since`: epoch ms; what was last written before is the same in every copy. */
export type ReadContents = (format: Layer['format'], chain: readonly string[], since: number) => Promise<Content>

/** Of the copies of one folder: what none of them has changed is read once. */
export function contentReader(): ReadContents {
  const known = new Map<string, Promise<Content>>()
  return async (format, chain, since) => {
    const files = chain.map(async path => {
      const { size, mtimeNs, mtimeMs } = await stat(path, { bigint: true })
      return [mtimeMs < since ? basename(path) : path, size, mtimeNs].join(' ')
    })
    const key = (await Promise.all(files)).join('\n')
    const content = known.get(key) ?? readContent(chain[0] as string, format)
    known.set(key, content)
    return content
  }
}

/** Through everything below it, as the headers say: only what has left QEMU's caches counts. */
async function readContent(path: string, format: Layer['format']): Promise<Content> {
  const raw = join(tmpdir(), `rp-${randomUUID()}.raw`)
  try {
    await execute('qemu-img', ['convert', '-U', '-f', format, '-O', 'raw', path, raw])
    const content = new Map<number, number>()
    const file = await open(raw)
    try {
      for (const { start, length } of await dataIn(raw)) {
        const last = Math.ceil((start + length) / BLOCK_BYTES)
        for (let block = Math.floor(start / BLOCK_BYTES); block < last; block++) {
          const value = await valueOf(file, block)
          if (value === undefined) throw new Error(`block ${block} of ${path} is torn`)
          if (value !== 0) content.set(block, value)
        }
      }
    } finally {
      await file.close()
    }
    return content
  } finally {
    await rm(raw, { force: true })
  }
}

/** Disks may be large, and hold little. */
async function dataIn(raw: string): Promise<readonly { start: number; length: number }[]> {
  const { size } = await stat(raw)
  if (size <= 2 ** 24) return [{ start: 0, length: size }]
  const { stdout } = await execute('qemu-img', ['map', '-f', 'raw', '--output=json', raw])
  return (JSON.parse(stdout) as { start: number; length: number; data: boolean }[]).filter(({ data }) => data)
}

/** Undefined: it is not all the same. */
async function valueOf(file: FileHandle, block: number): Promise<number | undefined> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(BLOCK_BYTES), 0, BLOCK_BYTES, block * BLOCK_BYTES)
  const value = buffer[0] ?? 0
  return buffer.subarray(0, bytesRead).equals(Buffer.alloc(bytesRead, value)) ? value : undefined
}
