/** The picture small and without words: now, or then. What it shows is said beside it. */

import type { Layer } from '@restpoint/sdk/source'
import { language } from '../language/language.ts'
import { draw } from './picture.ts'
import { Shape, TIP } from './shape.tsx'

const EDGE = 4

export function SmallTree({ layers, name }: { readonly layers: readonly Layer[]; readonly name: string }) {
  const { items, width, height } = draw(layers, { isMirrored: language().dir === 'rtl', margin: TIP })
  return (
    <svg
      role="img"
      aria-label={name}
      width="100%"
      height={Math.min(140, height / 1.5)}
      viewBox={`${-EDGE} 0 ${width + 2 * EDGE} ${height}`}
      preserveAspectRatio={`${language().dir === 'rtl' ? 'xMax' : 'xMin'}YMid meet`}
    >
      {items.map(item => (
        <Shape key={item.key} item={item} below={items.find(({ key }) => key === item.parent)} />
      ))}
    </svg>
  )
}
