/** What browsers may have no data of – Chromium has none –: Nepali's digits and its words for time. */
import type { SpanUnit } from './times.ts'

const digits = [...'०१२३४५६७८९']

/** `12:30` → `१२:३०`. */
export function devanagari(text: string): string {
  return text.replaceAll(/[0-9]/g, digit => digits[Number(digit)] ?? digit)
}

const nouns: Readonly<Record<SpanUnit, string>> = {
  year: 'वर्ष',
  month: 'महिना',
  day: 'दिन',
  hour: 'घण्टा',
  minute: 'मिनेट',
  second: 'सेकेन्ड',
}

/** `३ मिनेट पहिले`, `३ घण्टामा`, `अहिले`. */
export function nepaliRelative(count: number, unit: SpanUnit, number: (value: number) => string): string {
  if (count === 0) return 'अहिले'
  const span = `${number(Math.abs(count))} ${nouns[unit]}`
  return count < 0 ? `${span} पहिले` : `${span}मा`
}
