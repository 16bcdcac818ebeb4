/**
 * What a qcow2 header says of its file, read by ourselves before any tool opens it: an image that somebody has brought
 * may name other files of the host to be read along with it, or be made to exhaust or mislead whoever opens it.
 *
 * The format is QEMU's docs/interop/qcow2.txt, big endian; the limits are those that QEMU itself has (block/qcow2.h).
 * What is not known here is refused, not guessed. Whether the tables are sound as well, `check.ts` has QEMU find out.
 */
import { QCOW2_MAGIC } from '../qcow2-header.ts'
import { convert, inMb } from './words.ts'

export interface Qcow2Header {
  readonly version: number
  readonly backingOffset: bigint
  readonly clusterBits: number
  readonly sizeBytes: bigint
  readonly encryption: number
  readonly l1Entries: number
  readonly l1Offset: bigint
  readonly refcountOffset: bigint
  readonly refcountClusters: number
  readonly snapshots: number
  /** Incompatible features: whoever does not know one must not open the file. */
  readonly features: bigint
  readonly refcountOrder: number
  readonly headerBytes: number
  readonly compression: number
  /** Types of the extensions after the header; null: they run out of it. */
  readonly extensions: readonly number[] | null
}

export interface Limits {
  /** Of the file as it lies there. */
  readonly fileBytes: number
  /** Of the disk in it. */
  readonly maxBytes: number
}

const features = { dirty: 1n << 0n, corrupt: 1n << 1n, dataFile: 1n << 2n, compression: 1n << 3n, extendedL2: 1n << 4n }
const known = Object.values(features).reduce((all, bit) => all | bit)
const extensions = { dataFile: 0x44415441, encryption: 0x0537be77, bitmaps: 0x23852875 }

const V2_HEADER_BYTES = 72
const V3_HEADER_BYTES = 104
/** QEMU's has 112 so far. */
const HEADER_MAX_BYTES = 4096
const TABLE_MAX = { l1: 32 * 1024 * 1024, refcounts: 8 * 1024 * 1024 }

/** Null: this is no qcow2 header. `start`: the first 64 KiB of the file, or all of it. */
export function parseQcow2(start: Buffer): Qcow2Header | null {
  if (start.length < V2_HEADER_BYTES || start.readUInt32BE(0) !== QCOW2_MAGIC) return null
  const version = start.readUInt32BE(4)
  const isV3 = version >= 3 && start.length >= V3_HEADER_BYTES
  const clusterBits = start.readUInt32BE(20)
  const headerBytes = isV3 ? start.readUInt32BE(100) : V2_HEADER_BYTES
  return {
    version,
    backingOffset: start.readBigUInt64BE(8),
    clusterBits,
    sizeBytes: start.readBigUInt64BE(24),
    encryption: start.readUInt32BE(32),
    l1Entries: start.readUInt32BE(36),
    l1Offset: start.readBigUInt64BE(40),
    refcountOffset: start.readBigUInt64BE(48),
    refcountClusters: start.readUInt32BE(56),
    snapshots: start.readUInt32BE(60),
    features: isV3 ? start.readBigUInt64BE(72) : 0n,
    refcountOrder: isV3 ? start.readUInt32BE(96) : 4,
    headerBytes,
    compression: isV3 && headerBytes > V3_HEADER_BYTES && start.length > V3_HEADER_BYTES ? start.readUInt8(104) : 0,
    extensions: readExtensions(start, headerBytes, 2 ** clusterBits),
  }
}

/** Type and length, four bytes each, then the data, filled up to eight bytes; type 0 ends them, or their cluster does. */
function readExtensions(start: Buffer, headerBytes: number, clusterBytes: number): number[] | null {
  const found: number[] = []
  const end = Math.min(clusterBytes, start.length)
  for (let at = headerBytes; at < clusterBytes; ) {
    // None that we would not see.
    if (at + 8 > end) return null
    const type = start.readUInt32BE(at)
    if (type === 0) break
    found.push(type)
    at += 8 + Math.ceil(start.readUInt32BE(at + 4) / 8) * 8
    if (at > end) return null
  }
  return found
}

/** What is wrong with it and what to do about it; undefined: nothing that a header can tell. */
export function whyUnusable(header: Qcow2Header, limits: Limits): string | undefined {
  return rules.find(({ breaks }) => breaks(header, limits))?.say(header, limits)
}

interface Rule {
  readonly breaks: (header: Qcow2Header, limits: Limits) => boolean
  readonly say: (header: Qcow2Header, limits: Limits) => string
}

const rule = (breaks: Rule['breaks'], say: string | Rule['say']): Rule => ({
  breaks,
  say: typeof say === 'string' ? () => say : say,
})
const has = (header: Qcow2Header, bit: bigint) => (header.features & bit) !== 0n
const names = (header: Qcow2Header, extension: number) => header.extensions?.includes(extension) ?? false
const TRUST = 'If you trust where it comes from, make one whole file of it:'
const BROKEN = 'Its header is not sound: have it written anew where it comes from.'
const CUT_OFF =
  'Its tables do not lie within the file: it was cut off, or damaged. Get it once more from where it comes from.'

/** In this order: what a later rule reads, an earlier one has found sound. */
const rules: readonly Rule[] = [
  rule(({ version }) => version === 1, `It is an image of the older format qcow, not qcow2. ${convert('qcow')}`),
  rule(
    ({ version }) => version !== 2 && version !== 3,
    ({ version }) => `It is of version ${version} of qcow2; known are 2 and 3.`,
  ),
  rule(({ version }, { fileBytes }) => version === 3 && fileBytes < V3_HEADER_BYTES, CUT_OFF),
  rule(
    header => header.backingOffset !== 0n,
    `It stands on a backing file, that would be read along with it. ${TRUST} ${convert('qcow2')}`,
  ),
  rule(
    header => has(header, features.dataFile) || names(header, extensions.dataFile),
    `Its data lies in another file, that would be read along with it. ${TRUST} ${convert('qcow2')}`,
  ),
  rule(
    header => header.encryption !== 0 || names(header, extensions.encryption),
    'It is encrypted, and nobody could give its secret. Decrypt it first with qemu-img convert and its secret.',
  ),
  rule(
    header => has(header, features.corrupt),
    'It is marked as damaged. Repair it first: qemu-img check -f qcow2 -r all FILE; what that cannot repair is lost.',
  ),
  rule(
    header => has(header, features.dirty),
    'It was not closed properly, or is in use. Shut down what uses it, then: qemu-img check -f qcow2 -r all FILE',
  ),
  rule(
    header => (header.features & ~known) !== 0n,
    ({ features: given }) => {
      const bits = [...(given & ~known).toString(2)].reverse().flatMap((bit, index) => (bit === '1' ? index : []))
      return `It uses features that are not known here (bits ${bits.join(', ')}). ${convert('qcow2')}`
    },
  ),
  rule(
    ({ clusterBits }) => clusterBits < 9 || clusterBits > 21,
    ({ clusterBits }) => `It has clusters of 2^${clusterBits} bytes; from 2^9 to 2^21 are possible. ${BROKEN}`,
  ),
  rule(
    header => has(header, features.extendedL2) && header.clusterBits < 14,
    `Its clusters are too small for extended L2 entries. ${BROKEN}`,
  ),
  rule(
    ({ version, headerBytes, clusterBits }) =>
      version === 3 &&
      (headerBytes < V3_HEADER_BYTES ||
        headerBytes % 8 !== 0 ||
        headerBytes > Math.min(HEADER_MAX_BYTES, 2 ** clusterBits)),
    ({ headerBytes }) => `Its header claims to be ${headerBytes} bytes long. ${BROKEN}`,
  ),
  rule(({ refcountOrder }) => refcountOrder > 6, `Its reference counts are too wide. ${BROKEN}`),
  rule(
    header => header.compression !== (has(header, features.compression) ? 1 : 0),
    ({ compression }) => `It is compressed in a way that is not known here (${compression}). ${convert('qcow2')}`,
  ),
  rule(header => header.extensions === null, `The extensions of its header run out of it. ${BROKEN}`),
  rule(
    header => names(header, extensions.bitmaps),
    `It has dirty bitmaps, which are of no use here. Leave them behind: ${convert('qcow2')}`,
  ),
  rule(
    ({ snapshots }) => snapshots !== 0,
    `It has internal snapshots, which are of no use here. Leave them behind: ${convert('qcow2')}`,
  ),
  rule(({ sizeBytes }) => sizeBytes === 0n, 'It holds an empty disk. Choose another file.'),
  rule(
    ({ sizeBytes }, { maxBytes }) => sizeBytes > BigInt(maxBytes),
    ({ sizeBytes }, { maxBytes }) =>
      `It holds a disk of ${inMb(sizeBytes)}; at most ${inMb(maxBytes)} are allowed. Raise RESTPOINT_IMAGE_MAX_GB if that is meant.`,
  ),
  rule(
    // QEMU itself would leave the last, incomplete sector out without a word.
    ({ sizeBytes }) => sizeBytes % 512n !== 0n,
    ({ sizeBytes }) =>
      `It holds a disk of ${sizeBytes} bytes, which is no multiple of 512. Make it one: qemu-img resize -f qcow2 FILE ${(sizeBytes / 512n + 1n) * 512n}`,
  ),
  rule(
    header => header.l1Entries * 8 > TABLE_MAX.l1 || header.l1Entries < neededL1(header),
    ({ l1Entries }) => `Its first table has ${l1Entries} entries, which does not fit its disk. ${BROKEN}`,
  ),
  rule(
    ({ refcountClusters, clusterBits }) =>
      refcountClusters === 0 || refcountClusters * 2 ** clusterBits > TABLE_MAX.refcounts,
    ({ refcountClusters }) => `Its table of reference counts has ${refcountClusters} clusters. ${BROKEN}`,
  ),
  rule(
    (header, limits) =>
      isOutside(header, limits, header.l1Offset, header.l1Entries * 8) ||
      isOutside(header, limits, header.refcountOffset, header.refcountClusters * 2 ** header.clusterBits),
    CUT_OFF,
  ),
]

/** Entries of the first table that a disk of this size takes. */
function neededL1({ clusterBits, sizeBytes, features: given }: Qcow2Header): number {
  const clusterBytes = 2n ** BigInt(clusterBits)
  const bytesPerEntry = clusterBytes * (clusterBytes / ((given & features.extendedL2) === 0n ? 8n : 16n))
  return Number((sizeBytes + bytesPerEntry - 1n) / bytesPerEntry)
}

/** The file may end within the last cluster of a table: what it does not hold reads as zero. */
function isOutside({ clusterBits }: Qcow2Header, { fileBytes }: Limits, offset: bigint, length: number): boolean {
  const clusterBytes = 2n ** BigInt(clusterBits)
  const end = ((BigInt(fileBytes) + clusterBytes - 1n) / clusterBytes) * clusterBytes
  return offset === 0n || offset % clusterBytes !== 0n || offset + BigInt(length) > end
}
