/** What an import takes: the API's own rules, checked while one types. Pure. */

const LONGEST_NAME = 100
const LONGEST_PATH = 4095

export type ImageNameFault = 'empty' | 'start' | 'strange' | 'long'

/** Undefined: it is a name. */
export function faultOfName(name: string): ImageNameFault | undefined {
  if (name === '') return 'empty'
  if (/[^A-Za-z0-9._-]/u.test(name)) return 'strange'
  if (!/^[A-Za-z0-9]/.test(name)) return 'start'
  return name.length > LONGEST_NAME ? 'long' : undefined
}

/** Absolute, and spelt in the one way that has no detours. */
export function isPlainPath(path: string): boolean {
  const parts = path.split('/').slice(1)
  const isStraight = parts.every(part => part !== '' && part !== '.' && part !== '..')
  const hasControls = [...path].some(sign => sign < ' ' || sign === '\u007f')
  return path.startsWith('/') && isStraight && !hasControls && new TextEncoder().encode(path).length <= LONGEST_PATH
}

/** `/srv/images/debian-12.qcow2` → `debian-12`: what the image may well be called. Empty: nothing comes to mind. */
export function nameOfFile(path: string): string {
  const file = path.split('/').at(-1) ?? ''
  const stem = file.replace(/\.(qcow2|img|raw)$/i, '')
  const name = stem.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '')
  return name.slice(0, LONGEST_NAME)
}
