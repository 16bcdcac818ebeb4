/** Files that must not become images, and what is said of each. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join, relative } from 'node:path'
import type { ImageSource } from '../../../../src/drivers/driver.ts'
import { CLUSTER, type Forgery, forge } from './forge.ts'

/** Of the disk in an image, as the driver of these tests has it. */
export const MAX_BYTES = 4 * 1024 ** 4

export interface Hostile {
  readonly name: string
  readonly format: ImageSource['format']
  /** Makes it in this folder, `stateDir` being the driver's; its path. */
  readonly make: (folder: string, stateDir: string) => string | Promise<string>
  readonly says: RegExp
}

const bytes = (name: string, content: Buffer | string, says: RegExp, format: ImageSource['format'] = 'qcow2') => ({
  name,
  format,
  says,
  make: (folder: string) => {
    writeFileSync(join(folder, 'image'), content, 'latin1')
    return join(folder, 'image')
  },
})

const forged = (name: string, change: Forgery, says: RegExp) => bytes(name, forge(change), says)

/** By QEMU's own tools: `IMAGE` stands for its path, `OTHER` for one beside it. */
const made = (name: string, says: RegExp, ...commands: readonly string[][]): Hostile => ({
  name,
  format: 'qcow2',
  says,
  make: folder => {
    const path = join(folder, 'image')
    for (const [program = '', ...args] of commands) {
      const filled = args.map(arg => arg.replaceAll('IMAGE', path).replaceAll('OTHER', join(folder, 'other')))
      execFileSync(program, filled, { stdio: 'ignore' })
    }
    return path
  },
})

const create = (...args: readonly string[]) => ['qemu-img', 'create', '-f', 'qcow2', ...args]
const secret = ['--object', 'secret,id=s,data=geheim']

const otherFiles: readonly Hostile[] = [
  made('a backing file', /backing file/, create('OTHER', '1M'), create('-b', 'OTHER', '-F', 'qcow2', 'IMAGE')),
  made(
    'a backing file by json:',
    /backing file/,
    create('-u', '-b', 'json:{"driver":"file","filename":"/etc/shadow"}', '-F', 'raw', 'IMAGE', '1M'),
  ),
  forged(
    'a backing file in a header of version 2',
    { fields: { version: 2, backing_file_offset: 512, backing_file_size: 11 }, texts: { 512: '/etc/shadow' } },
    /backing file/,
  ),
  forged('a backing file beyond the header', { fields: { backing_file_offset: 2 ** 40 } }, /backing file/),
  forged('a backing file without a name', { fields: { backing_file_offset: 512 } }, /backing file/),
  made('an external data file', /in another file/, create('-o', 'data_file=OTHER', 'IMAGE', '1M')),
  made('a raw external data file', /in another file/, create('-o', 'data_file=OTHER,data_file_raw=on', 'IMAGE', '1M')),
  forged('the feature bit of a data file alone', { fields: { incompatible_features: 4 } }, /in another file/),
  forged(
    'the name of a data file alone',
    { extensions: [{ type: 0x44415441, data: '/etc/shadow' }] },
    /in another file/,
  ),
  forged(
    'the name of a data file after other extensions',
    {
      extensions: [
        { type: 0x12345678, data: 'x'.repeat(100) },
        { type: 0x44415441, data: 'json:{}' },
      ],
    },
    /in another file/,
  ),
]

const encrypted: readonly Hostile[] = [
  // Not by qemu-img, which measures the processor first and gives up on a busy one.
  forged(
    'LUKS within',
    {
      fields: { crypt_method: 2 },
      extensions: [{ type: 0x0537be77, data: '\0\0\0\0\0\x05\0\0\0\0\0\0\0\x20\0\0' }],
      texts: { [5 * CLUSTER]: 'LUKS\xba\xbe\0\x01' },
    },
    /encrypted/,
  ),
  made('AES within', /encrypted/, create(...secret, '-o', 'encrypt.format=aes,encrypt.key-secret=s', 'IMAGE', '1M')),
  forged('an unknown encryption', { fields: { crypt_method: 77 } }, /encrypted/),
  forged('an encryption header alone', { extensions: [{ type: 0x0537be77, data: '0123456789abcdef' }] }, /encrypted/),
]

const unusable: readonly Hostile[] = [
  forged('marked as damaged', { fields: { incompatible_features: 2 } }, /damaged/),
  forged('marked as dirty', { fields: { incompatible_features: 1 } }, /not closed properly/),
  ...[5, 6, 31, 32, 63].map(bit =>
    forged(
      `unknown feature ${bit}`,
      { fields: { incompatible_features: 1n << BigInt(bit) } },
      RegExp(`bits ${bit}\\)`),
    ),
  ),
  forged('all unknown features', { fields: { incompatible_features: (1n << 64n) - 32n } }, /bits 5, 6, .*, 63\)/),
  forged('a compression of tomorrow', { fields: { incompatible_features: 8, compression_type: 2 } }, /compressed/),
  forged('a compression that no feature tells of', { fields: { compression_type: 1 } }, /compressed/),
  forged('a feature of compression without one', { fields: { incompatible_features: 8 } }, /compressed/),
  made('internal snapshots', /internal snapshots/, create('IMAGE', '1M'), ['qemu-img', 'snapshot', '-c', 's', 'IMAGE']),
  forged('a table of 2^32 snapshots', { fields: { nb_snapshots: 2 ** 32 - 1 } }, /internal snapshots/),
  made('dirty bitmaps', /bitmaps/, create('IMAGE', '1M'), ['qemu-img', 'bitmap', '--add', 'IMAGE', 'b']),
]

const absurd: readonly Hostile[] = [
  ...[0, 8, 22, 63, 64, 2 ** 32 - 1].map(value =>
    forged(`clusters of 2^${value} bytes`, { fields: { cluster_bits: value } }, /clusters of 2\^/),
  ),
  forged('extended entries in small clusters', { fields: { cluster_bits: 9, incompatible_features: 16 } }, /too small/),
  forged('version 0', { fields: { version: 0 } }, /version 0/),
  forged('version 1', { fields: { version: 1 } }, /-f qcow /),
  forged('version 4', { fields: { version: 4 } }, /version 4/),
  ...[0, 96, 105, 65_544, 2 ** 32 - 8].map(value =>
    forged(`a header of ${value} bytes`, { fields: { header_length: value } }, /claims to be/),
  ),
  forged('reference counts of 2^7 bits', { fields: { refcount_order: 7 } }, /too wide/),
  forged('reference counts of 2^(2^32 - 1) bits', { fields: { refcount_order: 2 ** 32 - 1 } }, /too wide/),
  forged('an extension longer than its cluster', { extensions: [{ type: 1, length: 2 ** 32 - 1 }] }, /run out/),
  forged(
    'extensions without an end',
    { extensions: [...Array.from({ length: 8177 }, (_, index) => ({ type: index + 1 })), { type: 1, length: 8 }] },
    /run out/,
  ),
  forged(
    'extensions beyond what is looked at',
    {
      fields: { cluster_bits: 17 },
      extensions: Array.from({ length: 8178 }, (_, index) => ({ type: index + 1 })),
    },
    /run out/,
  ),
]

const tables: readonly Hostile[] = [
  forged('a first table beyond the file', { fields: { l1_table_offset: 2 ** 40 } }, /cut off/),
  forged('a first table at 2^63', { fields: { l1_table_offset: 1n << 63n } }, /cut off/),
  forged('a first table at the end of all', { fields: { l1_table_offset: -CLUSTER } }, /cut off/),
  forged('a first table nowhere', { fields: { l1_table_offset: 0 } }, /cut off/),
  forged('a first table off its place', { fields: { l1_table_offset: 3 * CLUSTER + 8 } }, /cut off/),
  forged('a first table of 2^32 entries', { fields: { l1_size: 2 ** 32 - 1 } }, /first table/),
  forged('a first table that ends beyond the file', { fields: { l1_size: 4 * 1024 * 1024 } }, /cut off/),
  forged('a first table without entries', { fields: { l1_size: 0 } }, /first table/),
  forged('a first table too short for its disk', { fields: { size: 2 ** 30 } }, /first table/),
  forged('reference counts beyond the file', { fields: { refcount_table_offset: 2 ** 40 } }, /cut off/),
  forged('reference counts nowhere', { fields: { refcount_table_offset: 0 } }, /cut off/),
  forged('reference counts off their place', { fields: { refcount_table_offset: 512 } }, /cut off/),
  forged('no reference counts', { fields: { refcount_table_clusters: 0 } }, /reference counts has 0/),
  forged('2^32 clusters of reference counts', { fields: { refcount_table_clusters: 2 ** 32 - 1 } }, /reference counts/),
  forged('reference counts that end beyond the file', { fields: { refcount_table_clusters: 100 } }, /cut off/),
]

const sizes: readonly Hostile[] = [
  forged('a disk over the limit', { fields: { size: MAX_BYTES + 512 } }, /RESTPOINT_IMAGE_MAX_GB/),
  forged('a disk of 2^63 bytes', { fields: { size: 1n << 63n } }, /RESTPOINT_IMAGE_MAX_GB/),
  forged('a disk of 2^64 - 1 bytes', { fields: { size: -1 } }, /RESTPOINT_IMAGE_MAX_GB/),
  forged('a disk of nothing', { fields: { size: 0 } }, /empty disk/),
  forged('a disk of one byte more than sectors', { fields: { size: 513 } }, /qemu-img resize -f qcow2 FILE 1024/),
  bytes('an empty file called qcow2', '', /empty/),
  bytes('an empty file called raw', '', /empty/, 'raw'),
  {
    name: 'a raw disk over the limit',
    format: 'raw',
    says: /RESTPOINT_IMAGE_MAX_GB/,
    make: folder => {
      writeFileSync(join(folder, 'image'), '')
      truncateSync(join(folder, 'image'), MAX_BYTES + 1)
      return join(folder, 'image')
    },
  },
  ...[10, 71, 72, 103, 104, 111, 4096, CLUSTER, 2 * CLUSTER, 3 * CLUSTER].map(length =>
    forged(`cut off after ${length} bytes`, { length }, length < 72 ? /no qcow2 image/ : /cut off|run out/),
  ),
]

const otherFormats: readonly Hostile[] = [
  ...(['vmdk', 'vdi', 'vhdx', 'vpc', 'qed', 'qcow'] as const).map(format =>
    made(`a ${format} image`, RegExp(`-f ${format} `), ['qemu-img', 'create', '-f', format, 'IMAGE', '1M']),
  ),
  bytes(
    'a description of a VMDK that names another file',
    '# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\ncreateType="monolithicFlat"\nRW 20480 FLAT "/etc/shadow" 0\n',
    /-f vmdk /,
  ),
  bytes('a LUKS disk', `LUKS\xba\xbe\0\x01${'\0'.repeat(4096)}`, /LUKS/),
  bytes('something packed with gzip', '\x1f\x8b\x08\x00', /gzip/),
  bytes('something packed with xz', '\xfd7zXZ\0', /xz/),
  bytes('something packed with zstd', '\x28\xb5\x2f\xfd', /zstd/),
  bytes('a raw disk called qcow2', Buffer.alloc(CLUSTER), /format "raw"/),
  forged('a wrong magic', { fields: { magic: 0x514649fa } }, /no qcow2 image/),
]

const path = (name: string, says: RegExp, make: Hostile['make'], format: ImageSource['format'] = 'raw'): Hostile => ({
  name,
  format,
  says,
  make,
})

const paths: readonly Hostile[] = [
  path('a path that is not there', /no such file/, folder => join(folder, 'nothing')),
  path('a path through a file', /not a folder/, folder => {
    writeFileSync(join(folder, 'file'), 'x')
    return join(folder, 'file', 'image')
  }),
  path('no path', /not absolute/, () => ''),
  path('a relative path', /not absolute/, folder => relative(process.cwd(), folder)),
  path('a path by json:', /not absolute/, () => 'json:{"driver":"file","filename":"/etc/shadow"}'),
  path('a path over the network', /not absolute/, () => 'nbd:127.0.0.1:10809'),
  path('a path with a NUL', /NUL/, folder => `${folder}/image\0.raw`),
  path('a path with a newline', /no such file/, folder => `${folder}/image\n.raw`),
  path('a path too long', /too long/, folder => join(folder, 'x'.repeat(300))),
  path('a folder', /a folder/, folder => folder),
  path('a pipe', /a pipe/, folder => {
    execFileSync('mkfifo', [join(folder, 'pipe')])
    return join(folder, 'pipe')
  }),
  path('a socket', /a socket/, async folder => {
    const server = createServer().unref()
    await new Promise<void>(resolve => server.listen(join(folder, 'socket'), resolve))
    return join(folder, 'socket')
  }),
  path('/dev/zero', /a device/, () => '/dev/zero'),
  path('/dev/zero called qcow2', /a device/, () => '/dev/zero', 'qcow2'),
  path('a link', /a link/, folder => {
    symlinkSync('/etc/passwd', join(folder, 'link'))
    return join(folder, 'link')
  }),
  path('a link into nowhere', /a link/, folder => {
    symlinkSync('/nothing', join(folder, 'link'))
    return join(folder, 'link')
  }),
  path('links in circles', /goes round/, folder => {
    symlinkSync('circle', join(folder, 'circle'))
    return join(folder, 'circle', 'image')
  }),
  path("the service's own database", /own state folder/, (_, stateDir) => {
    writeFileSync(join(stateDir, 'restpoint.db'), 'secrets')
    return join(stateDir, 'restpoint.db')
  }),
  path('a layer of ours', /own state folder/, (_, stateDir) => {
    writeFileSync(join(stateDir, 'guests', 'a-layer'), forge())
    return join(stateDir, 'guests', 'a-layer')
  }),
  path('a way round into the state folder', /own state folder/, (folder, stateDir) => {
    writeFileSync(join(stateDir, 'restpoint.db'), 'secrets')
    return `${folder}/../${relative(dirname(folder), stateDir)}/restpoint.db`
  }),
  path('a linked folder into the state folder', /own state folder/, (folder, stateDir) => {
    writeFileSync(join(stateDir, 'restpoint.db'), 'secrets')
    mkdirSync(join(folder, 'way'))
    symlinkSync(stateDir, join(folder, 'way', 'in'))
    return join(folder, 'way', 'in', 'restpoint.db')
  }),
]

/** No tool is started on any of these. */
export const hostileFiles: readonly Hostile[] = [
  ...otherFiles,
  ...encrypted,
  ...unusable,
  ...absurd,
  ...tables,
  ...sizes,
  ...otherFormats,
  ...paths,
]
