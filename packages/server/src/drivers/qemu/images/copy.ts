/** Copies an open file, and only what in it is not zero. */
import type { Progress } from '../../driver.ts'
import type { NewFile } from '../own-file.ts'
import { asRejection } from './inspect.ts'
import type { SourceFile } from './source-file.ts'
import { rejected } from './words.ts'

const CHUNK_BYTES = 1024 * 1024
/** What is zero is left out by pieces of this size, the block size of most file systems. */
const PIECE_BYTES = 4096
/** So that the last sync is short, and a full disk is noticed early. */
const SYNC_EVERY_BYTES = 256 * 1024 * 1024

const zeros = Buffer.alloc(PIECE_BYTES)

/** Reads holes as well: they come from memory. Throws the signal's reason when it aborts. */
export async function copySparsely(
  from: SourceFile,
  to: NewFile,
  bytes: number,
  onProgress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const chunk = Buffer.alloc(CHUNK_BYTES)
  let unsynced = 0
  for (let at = 0; at < bytes; ) {
    signal.throwIfAborted()
    const count = await from.read(chunk.subarray(0, Math.min(CHUNK_BYTES, bytes - at)), at).catch(error => {
      throw asRejection(error)
    })
    if (count === 0) throw rejected('It became shorter while it was copied. Import it once nothing writes to it.')
    for (const { start, end } of runsOf(chunk.subarray(0, count))) {
      await to.write(chunk.subarray(start, end), at + start)
      unsynced += end - start
    }
    if (unsynced >= SYNC_EVERY_BYTES) {
      await to.sync()
      unsynced = 0
    }
    at += count
    onProgress(at / bytes)
  }
  await to.setSize(bytes)
}

/** Where the bytes are not zero, by pieces. */
function runsOf(bytes: Buffer): { start: number; end: number }[] {
  const runs: { start: number; end: number }[] = []
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    const end = Math.min(start + PIECE_BYTES, bytes.length)
    if (bytes.compare(zeros, 0, end - start, start, end) === 0) continue
    const last = runs.at(-1)
    if (last?.end === start) last.end = end
    else runs.push({ start, end })
  }
  return runs
}
