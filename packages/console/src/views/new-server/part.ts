/** What each part of the form is given. */
import type { Image } from '@restpoint/sdk/source'
import type { ReactNode } from 'react'
import type { Faulty, Wish } from './wish.ts'

export interface PartProps {
  readonly wish: Wish
  readonly image: Image | undefined
  /** Fields with something wrong. */
  readonly faults: ReadonlySet<Faulty>
  /** What the service says of a field. */
  readonly told: (field: string) => ReactNode
  /** Somebody tried to send it: what is missing is told, too. */
  readonly isTried: boolean
  readonly change: (change: Partial<Wish>) => void
}
