/** Epoch milliseconds as people read them, and back; nothing is lost on the way. */

export function time(millis: number): string {
  return new Date(millis).toISOString()
}

export function timeOrNull(millis: number | null): string | null {
  return millis === null ? null : time(millis)
}

export function millis(text: string): number {
  return Date.parse(text)
}

export function millisOrNull(text: string | null): number | null {
  return text === null ? null : millis(text)
}
