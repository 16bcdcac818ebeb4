/** Ids, addresses, names of machines: from left to right wherever they stand, in the reader's own monospaced font. */
import type { ReactNode } from 'react'

export function Code({ children }: { readonly children: ReactNode }) {
  return (
    <bdi dir="ltr">
      <code>{children}</code>
    </bdi>
  )
}
