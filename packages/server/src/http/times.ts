/** Times on the wire are UTC in whole seconds, `2025-01-15T18:30:00Z`; inside they are epoch milliseconds. */
export function toTime(millis: number): string {
  return `${new Date(millis).toISOString().slice(0, 19)}Z`
}

export function toTimeOrNull(millis: number | null): string | null {
  return millis === null ? null : toTime(millis)
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/

/** Epoch milliseconds of a UTC time, or undefined if it is none (`2025-02-30…` is none either). */
export function fromTime(text: string): number | undefined {
  const millis = TIME.test(text) ? Date.parse(text) : Number.NaN
  return !Number.isNaN(millis) && toTime(millis).slice(0, 19) === text.slice(0, 19) ? millis : undefined
}
