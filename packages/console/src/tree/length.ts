/** How long a layer is drawn. */

export const SHORTEST = 112
export const LONGEST = 208

const LEAST = Math.log2(64 * 1024)
const MOST = Math.log2(1024 ** 4)

/** By the logarithm of its bytes: `SHORTEST` up to 64 KiB, `LONGEST` from 1 TiB on. On the 4 px grid. */
export function lengthOf(bytes: number): number {
  const share = bytes > 0 ? (Math.log2(bytes) - LEAST) / (MOST - LEAST) : 0
  const length = SHORTEST + (LONGEST - SHORTEST) * Math.min(1, Math.max(0, share))
  return Math.round(length / 4) * 4
}
