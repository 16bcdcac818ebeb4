/**
 * The one field of our own layers' headers that we read ourselves: the name of the backing file. QEMU's specification
 * (docs/interop/qcow2.txt): big endian; bytes 0–3 magic, 8–15 offset and 16–19 length of the name, which lies in the
 * first cluster. `qemu-img info` would tell the same at the price of a process for each look. (What somebody else's
 * header says is read in `images/qcow2.ts`.)
 */
export const QCOW2_MAGIC = 0x514649fb
/** The specification's limit of the name. */
const NAME_MAX = 1023

/** How much of the file to hand in: the header and every place where its name may be. */
export const HEADER_BYTES = 64 * 1024

/** The backing file's name as written; null: there is none. Throws when this is no qcow2 header. */
export function backingNameOf(header: Buffer): string | null {
  if (header.length < 72 || header.readUInt32BE(0) !== QCOW2_MAGIC) throw new Error('not a qcow2 file')
  const offset = header.readBigUInt64BE(8)
  const length = header.readUInt32BE(16)
  if (offset === 0n) return null
  if (length > NAME_MAX || offset + BigInt(length) > BigInt(header.length)) {
    throw new Error('the qcow2 header places its backing file name outside of the first cluster')
  }
  return header.toString('utf8', Number(offset), Number(offset) + length)
}
