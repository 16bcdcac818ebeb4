/** Numbers that are typed: whole ones, in digits that every keyboard has. */

/** Undefined for what is none of them. Nepali's own digits are digits, too. */
export function wholeNumber(text: string, least: number, most = Number.MAX_SAFE_INTEGER): number | undefined {
  const plain = [...text.trim()].map(sign => western.get(sign) ?? sign).join('')
  if (!/^\d{1,16}$/.test(plain)) return undefined
  const value = Number(plain)
  return value >= least && value <= most ? value : undefined
}

const western = new Map([...'०१२३४५६७८९', ...'٠١٢٣٤٥٦٧٨٩'].map((digit, index) => [digit, String(index % 10)]))
