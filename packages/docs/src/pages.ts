/** Which pages there are. A page's name is its address below `/docs/{lang}/`; the home page's is empty there. */

/** Pages that begin with Markdown: `pages/NAME.md`. */
export const prosePages = [
  'home',
  'quick-start',
  'snapshots-and-backups',
  'consistency',
  'best-practices',
  'errors',
  'reference',
] as const

/** The parts of the menu, in order. */
export function menuOf(nouns: readonly string[]): {
  readonly guide: readonly string[]
  readonly reference: readonly string[]
} {
  return { guide: prosePages.filter(page => page !== 'reference'), reference: ['reference', ...nouns.map(nounPage)] }
}

export function nounPage(noun: string): string {
  return `reference/${noun}`
}

/** Where a page is, with a slash at its end. */
export function pathOf(language: string, page: string): string {
  return page === 'home' ? `/docs/${language}/` : `/docs/${language}/${page}/`
}
