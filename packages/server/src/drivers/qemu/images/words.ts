/** How the reasons for refusing an image are put. No path is repeated in them: whose file it is the reader knows. */
import { Failure } from '../../../errors.ts'

export function rejected(text: string): Failure {
  return new Failure('image_rejected', text)
}

/** The line that makes a plain image of one of this format, as QEMU calls it. */
export function convert(format: string): string {
  return `Convert it first: qemu-img convert -f ${format} -O qcow2 OLD NEW`
}

/** Rounded up. */
export function inMb(bytes: number | bigint): string {
  return `${(BigInt(bytes) + 1_048_575n) / 1_048_576n} MB`
}
