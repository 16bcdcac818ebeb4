import { Failure } from '../errors.ts'

/** Before the first side effect: a host without space stops its guests, and only deleting helps then. */
export function checkSpace(reserveBytes: number, freeBytes: number): void {
  if (freeBytes >= reserveBytes) return
  throw new Failure(
    'not_enough_space',
    `${inMb(freeBytes)} MB are free where the layers are; ${inMb(reserveBytes)} MB are kept in reserve.`,
  )
}

function inMb(bytes: number): number {
  return Math.floor(bytes / 1024 / 1024)
}
