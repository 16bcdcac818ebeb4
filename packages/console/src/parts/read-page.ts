/** What of an address says which page: 1 for what says none. */
export function readPage(given: string | null): number {
  return given !== null && /^[1-9]\d{0,5}$/.test(given) ? Number(given) : 1
}
