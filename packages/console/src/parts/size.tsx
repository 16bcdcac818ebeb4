/** Bytes as people say them; the number itself on hover. From left to right wherever it stands. */
import { number, size } from '../format/numbers.ts'
import { language } from '../language/language.ts'

export function Size({ bytes }: { readonly bytes: number }) {
  return (
    <bdi dir="ltr" title={`${number(language(), bytes)} B`}>
      {size(language(), bytes)}
    </bdi>
  )
}
