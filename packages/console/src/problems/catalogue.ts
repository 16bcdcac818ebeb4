/** The titles and remedies of all errors in the reader's language: the same texts as the documentation's. */
import { useQuery } from '@tanstack/react-query'
import { type LanguageCode, language } from '../language/language.ts'

export interface ProblemWords {
  readonly title: string
  readonly remedy: string
}
type Catalogue = Readonly<Record<string, ProblemWords>>

/** One language is loaded, when the first problem is shown. */
const files: Readonly<Record<LanguageCode, () => Promise<{ default: Catalogue }>>> = {
  en: () => import('@restpoint/docs/errors/en'),
  es: () => import('@restpoint/docs/errors/es'),
  tr: () => import('@restpoint/docs/errors/tr'),
  ar: () => import('@restpoint/docs/errors/ar'),
  ne: () => import('@restpoint/docs/errors/ne'),
  ig: () => import('@restpoint/docs/errors/ig'),
}

/** Undefined until it is there, and for a code that a newer service knows. */
export function useProblemWords(code: string | undefined): ProblemWords | undefined {
  const { code: shown } = language()
  const { data } = useQuery({
    queryKey: ['problem-words', shown],
    queryFn: async () => (await files[shown]()).default,
    enabled: code !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: false,
  })
  return code === undefined ? undefined : data?.[code]
}
