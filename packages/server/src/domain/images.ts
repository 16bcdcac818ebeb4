/** What an image may be called, and which states it can be in. */
export const imageStatuses = ['importing', 'available', 'failed'] as const
export type ImageStatus = (typeof imageStatuses)[number]

/** ASCII only; never part of a path. Need not be unique: a new build may bear the old one's name. */
export const IMAGE_NAME = '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$'

/** The longest path that Linux takes, in bytes. */
const PATH_MAX = 4095

/** Absolute, and spelt in the one way that has no detours: what it names is then plain to see. */
export function isPlainPath(path: string, byteLength: number): boolean {
  const parts = path.split('/').slice(1)
  const isStraight = parts.every(part => part !== '' && part !== '.' && part !== '..')
  return path.startsWith('/') && isStraight && byteLength <= PATH_MAX
}
