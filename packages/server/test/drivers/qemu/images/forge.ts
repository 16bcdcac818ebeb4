/** qcow2 images made byte by byte: a sound one, and whatever a test changes in it. */

export const CLUSTER = 65_536

/** Header fields by their name in QEMU's docs/interop/qcow2.txt: offset and length in bytes. */
const fields = {
  magic: [0, 4],
  version: [4, 4],
  backing_file_offset: [8, 8],
  backing_file_size: [16, 4],
  cluster_bits: [20, 4],
  size: [24, 8],
  crypt_method: [32, 4],
  l1_size: [36, 4],
  l1_table_offset: [40, 8],
  refcount_table_offset: [48, 8],
  refcount_table_clusters: [56, 4],
  nb_snapshots: [60, 4],
  snapshots_offset: [64, 8],
  incompatible_features: [72, 8],
  compatible_features: [80, 8],
  autoclear_features: [88, 8],
  refcount_order: [96, 4],
  header_length: [100, 4],
  compression_type: [104, 1],
} as const satisfies Record<string, readonly [number, 1 | 4 | 8]>

export type Fields = { readonly [Name in keyof typeof fields]?: number | bigint }

export interface Forgery {
  readonly fields?: Fields
  /** Right after the header. */
  readonly extensions?: readonly { readonly type: number; readonly data?: string; readonly length?: number }[]
  /** Text at these places, names for instance. */
  readonly texts?: Readonly<Record<number, string>>
  /** Eight bytes each, at these places. */
  readonly entries?: Readonly<Record<number, bigint>>
  /** The file ends there. */
  readonly length?: number
}

/** Where the tables of the sound image lie; its only cluster of data is the last. */
export const L1 = 3 * CLUSTER
export const L2 = 4 * CLUSTER
export const REFCOUNT_BLOCK = 2 * CLUSTER
const REFCOUNT_TABLE = CLUSTER
const DATA = 5 * CLUSTER
const IN_USE_ONCE = 1n << 63n

/** A disk of 1 MiB: the first 64 KiB are `A`s, the rest was never written. */
export function forge(change: Forgery = {}): Buffer {
  const image = Buffer.alloc(6 * CLUSTER)
  const sound: Fields = {
    magic: 0x514649fb,
    version: 3,
    cluster_bits: 16,
    size: 1024 * 1024,
    l1_size: 1,
    l1_table_offset: L1,
    refcount_table_offset: REFCOUNT_TABLE,
    refcount_table_clusters: 1,
    refcount_order: 4,
    header_length: 112,
  }
  for (const [name, value] of Object.entries({ ...sound, ...change.fields })) {
    const [at, length] = fields[name as keyof Fields]
    writeNumber(image, at, length, BigInt(value))
  }
  let at = 112
  for (const { type, data = '', length = data.length } of change.extensions ?? []) {
    image.writeUInt32BE(type, at)
    image.writeUInt32BE(length, at + 4)
    image.write(data, at + 8, 'latin1')
    at += 8 + Math.ceil(data.length / 8) * 8
  }
  image.writeBigUInt64BE(BigInt(REFCOUNT_BLOCK), REFCOUNT_TABLE)
  for (let cluster = 0; cluster < 6; cluster++) image.writeUInt16BE(1, REFCOUNT_BLOCK + cluster * 2)
  image.writeBigUInt64BE(BigInt(L2) | IN_USE_ONCE, L1)
  image.writeBigUInt64BE(BigInt(DATA) | IN_USE_ONCE, L2)
  image.fill('A', DATA)
  for (const [place, text] of Object.entries(change.texts ?? {})) image.write(text, Number(place), 'latin1')
  for (const [place, value] of Object.entries(change.entries ?? {})) image.writeBigUInt64BE(value, Number(place))
  return image.subarray(0, change.length ?? image.length)
}

function writeNumber(image: Buffer, at: number, length: 1 | 4 | 8, value: bigint): void {
  if (length === 8) image.writeBigUInt64BE(BigInt.asUintN(64, value), at)
  else image.writeUIntBE(Number(value), at, length)
}
