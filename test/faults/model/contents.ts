/** What disks hold, as a person would say it: slot → block → value. Never changed, only replaced. */
export type Contents = ReadonlyMap<number, ReadonlyMap<number, number>>

export const SLOTS = [0, 1] as const
export const BLOCKS = 6
/** What every server of ours is made from. */
export const IMAGE: ReadonlyMap<number, number> = new Map([[0, 0x11]])

export const newServer: Contents = new Map(SLOTS.map(slot => [slot, slot === 0 ? IMAGE : new Map()]))

export function written(contents: Contents, slot: number, block: number, value: number): Contents {
  return new Map([...contents].map(([at, blocks]) => [at, at === slot ? new Map([...blocks, [block, value]]) : blocks]))
}

/** Equal texts, equal contents: a guest cannot tell a block of zeroes from none. */
export function textOf(contents: Contents): string {
  return [...contents]
    .sort(([a], [b]) => a - b)
    .map(([slot, blocks]) => {
      const told = [...blocks].filter(([, value]) => value !== 0).sort(([a], [b]) => a - b)
      return `${slot}:${told.map(([block, value]) => `${block}=${value}`).join(',')}`
    })
    .join(' ')
}
