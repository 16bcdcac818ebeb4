/** The six languages: how each is named, which way it runs, how it counts. */
export interface Language {
  /** As in the address, `lang` and `hreflang`. */
  readonly code: string
  /** In the language itself. */
  readonly name: string
  readonly dir: 'ltr' | 'rtl'
  /** What `Intl` formats numbers by: Nepali has digits of its own, Arabic is written with ASCII's here. */
  readonly numbers: string
}

export const languages = [
  { code: 'en', name: 'English', dir: 'ltr', numbers: 'en' },
  { code: 'es', name: 'Español', dir: 'ltr', numbers: 'es' },
  { code: 'tr', name: 'Türkçe', dir: 'ltr', numbers: 'tr' },
  { code: 'ar', name: 'العربية', dir: 'rtl', numbers: 'ar-u-nu-latn' },
  { code: 'ne', name: 'नेपाली', dir: 'ltr', numbers: 'ne-u-nu-deva' },
  { code: 'ig', name: 'Igbo', dir: 'ltr', numbers: 'ig' },
] as const satisfies readonly Language[]

/** The one that the others are translated from, and what is answered to whoever reads none of them. */
export const source: Language = languages[0]

export function languageOf(code: string): Language | undefined {
  return languages.find(language => language.code === code)
}

export function numberIn({ numbers }: Language, value: number): string {
  return new Intl.NumberFormat(numbers).format(value)
}

/** The forms that a word has beside a number: `one`, `other`; six in Arabic. */
export function pluralFormsOf({ code }: Language): string[] {
  return new Intl.PluralRules(code).resolvedOptions().pluralCategories.toSorted()
}

export function pluralFormOf({ code }: Language, count: number): string {
  return new Intl.PluralRules(code).select(count)
}

/**
 * The best of those that there are for an `Accept-Language` header (RFC 9110): the highest quality, the first of equals.
 */
export function preferred<L extends Language>(header: string | undefined, offered: readonly L[]): L | undefined {
  const wishes = (header ?? '')
    .split(',')
    .slice(0, 32)
    .map(wish => {
      const [range = '', ...parameters] = wish.split(';').map(part => part.trim())
      const quality = parameters.find(parameter => /^q=/i.test(parameter))?.slice(2)
      return { language: range.toLowerCase().split('-')[0], quality: quality === undefined ? 1 : Number(quality) }
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
  for (const { language } of wishes) {
    const found = offered.find(({ code }) => code === language)
    if (found) return found
  }
  return undefined
}
