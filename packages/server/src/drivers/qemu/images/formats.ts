/** What a file that is called qcow2 and is none may be instead, for the remedy alone: nothing is opened by this. */
import { convert } from './words.ts'

interface Format {
  readonly at: number
  /** Latin-1. */
  readonly magic: string
  readonly say: string
}

const image = (name: string, option: string) => `It is a ${name} image, not qcow2. ${convert(option)}`
const packed = (program: string) => `It is compressed with ${program}. Unpack it first.`

const formats: readonly Format[] = [
  { at: 0, magic: 'KDMV', say: image('VMDK', 'vmdk') },
  { at: 0, magic: 'COWD', say: image('VMDK', 'vmdk') },
  { at: 0, magic: '# Disk DescriptorFile', say: image('VMDK', 'vmdk') },
  { at: 0x40, magic: '\x7f\x10\xda\xbe', say: image('VDI', 'vdi') },
  { at: 0, magic: 'vhdxfile', say: image('VHDX', 'vhdx') },
  { at: 0, magic: 'conectix', say: image('VHD', 'vpc') },
  { at: 0, magic: 'QED\0', say: image('QED', 'qed') },
  {
    at: 0,
    magic: 'LUKS\xba\xbe',
    say: 'It is encrypted with LUKS, and nobody could give its secret. Decrypt it first.',
  },
  {
    at: 0x8001,
    magic: 'CD001',
    say: 'It is the image of a CD, not of a disk. Choose an image of an installed system.',
  },
  { at: 0, magic: '\x1f\x8b', say: packed('gzip') },
  { at: 0, magic: 'BZh', say: packed('bzip2') },
  { at: 0, magic: '\xfd7zXZ\0', say: packed('xz') },
  { at: 0, magic: '\x28\xb5\x2f\xfd', say: packed('zstd') },
  { at: 0, magic: 'PK\x03\x04', say: packed('zip') },
]

const other = 'It is no qcow2 image. If it is a raw disk, import it with the format "raw".'

/** `start`: the first 64 KiB of the file. */
export function sayWhatItIs(start: Buffer): string {
  const found = formats.find(
    ({ at, magic }) => start.length >= at + magic.length && start.toString('latin1', at, at + magic.length) === magic,
  )
  return found?.say ?? other
}
