/** The samples of a page as its reader sees them. */
import { type SampleLanguage, sampleLanguages } from '../../../packages/docs/src/samples.ts'
import type { Values } from './world.ts'

export interface Sample {
  /** An operation, or a file of packages/docs/snippets. */
  readonly name: string
  /** Each with ids in the place of the marked ones. */
  readonly texts: (values: Values) => Record<SampleLanguage, string>
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

export function samplesIn(page: string): Sample[] {
  return [...page.matchAll(/<fieldset class="sample" data-sample="([^"]+)">([^]*?)<\/fieldset>/g)].map(
    ([, name = '', inner = '']) => ({
      name,
      texts: values =>
        Object.fromEntries(
          sampleLanguages.map(language => [language, textOf(panelOf(inner, language), values)]),
        ) as Record<SampleLanguage, string>,
    }),
  )
}

/** Every block of code that a page has, in whatever place. */
export function blocksIn(page: string): number {
  return page.split('<pre').length - 1
}

/** Of `{answer …}`: JSON. */
export function answersIn(page: string): string[] {
  return [...page.matchAll(/<figure class="answer">[^]*?<code>([^]*?)<\/code>/g)].map(([, inner = '']) =>
    textOf(inner, {}),
  )
}

function panelOf(inner: string, language: SampleLanguage): string {
  const found = new RegExp(`<pre class="panel ${language}"[^>]*><code>([^]*?)</code></pre>`).exec(inner)?.[1]
  if (found === undefined) throw new Error(`there is no ${language} in ${inner}`)
  return found
}

function textOf(markup: string, values: Values): string {
  return markup
    .replaceAll(/<b data-id="(\w+)">(\d+)<\/b>/g, (_, name: string, shown: string) => String(values[name] ?? shown))
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '')
}
