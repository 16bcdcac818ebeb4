/** What of many things a few typed letters mean. Pure. */

/** Without marks and case: `Türkçe` is found by `turkce`. */
export function plain(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase().replaceAll('ı', 'i')
}

/** Those in which every typed word is somewhere; first those that begin with what was typed. */
export function matching<Thing>(things: readonly Thing[], typed: string, textOf: (thing: Thing) => string): Thing[] {
  const wanted = plain(typed).trim()
  if (wanted === '') return [...things]
  const words = wanted.split(/\s+/)
  return things
    .map(thing => ({ thing, text: plain(textOf(thing)) }))
    .filter(({ text }) => words.every(word => text.includes(word)))
    .map(({ thing, text }) => ({ thing, rank: rankOf(text, wanted) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ thing }) => thing)
}

function rankOf(text: string, wanted: string): number {
  if (text.startsWith(wanted)) return 0
  return new RegExp(`[^\\p{L}\\p{N}]${escaped(wanted)}`, 'u').test(text) ? 1 : 2
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
