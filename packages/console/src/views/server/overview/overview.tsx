/** The past of a server: its picture, what is selected in it, and four facts. */
import { Button } from '@mantine/core'
import type { ServerDetail } from '@restpoint/sdk/source'
import { useCallback, useMemo, useState } from 'react'
import { requests } from '../../../actions/requests.ts'
import { useLayers } from '../../../data/layers.ts'
import { useSnapshots } from '../../../data/snapshots.ts'
import { number } from '../../../format/numbers.ts'
import { language } from '../../../language/language.ts'
import { m } from '../../../paraglide/messages.js'
import { AsCode } from '../../../parts/as-code.tsx'
import { Answered, Loading } from '../../../parts/states.tsx'
import { useNow } from '../../../parts/time.tsx'
import { LayerTable } from '../../../tree/layer-table.tsx'
import { LayerTree } from '../../../tree/layer-tree.tsx'
import { draw } from '../../../tree/picture.ts'
import { itemOf, type Point } from '../../../tree/point.ts'
import { TIP } from '../../../tree/shape.tsx'
import type { Facts } from '../../../tree/words.ts'
import { FourFacts } from './four-facts.tsx'
import css from './overview.module.css'
import { PointPanel } from './point-panel.tsx'

type Layers = NonNullable<ReturnType<typeof useLayers>['data']>

export default function Overview({ server }: { readonly server: ServerDetail }) {
  const layers = useLayers(server.id)
  return (
    <>
      <Answered query={layers} loading={<Loading rows={4} />}>
        {answered => (
          <>
            <FourFacts server={server} layers={answered} />
            <Past server={server} layers={answered} />
          </>
        )}
      </Answered>
    </>
  )
}

function Past({ server, layers }: { readonly server: ServerDetail; readonly layers: Layers }) {
  const [isTable, setIsTable] = useState(false)
  const [wished, setWished] = useState<Point>({ type: 'head' })
  const isMirrored = language().dir === 'rtl'
  const picture = useMemo(() => draw(layers, { isMirrored, margin: TIP + 4 }), [layers, isMirrored])
  const facts = useFacts(server)
  const { disks } = server
  const titles = useMemo(() => titlesOf(disks, picture.bands.length), [disks, picture])
  // What was selected may have been deleted: then it is what is now.
  const selected: Point = itemOf(picture, wished) ? wished : { type: 'head' }
  const select = useCallback((point: Point) => setWished(point), [])
  if (layers.length === 0) return <p className="dim">{m.tree_empty()}</p>
  return (
    <div className={css['past']}>
      <section aria-labelledby="past" className={css['picture']}>
        <div className={css['head']}>
          <h2 id="past">{m.tree_title()}</h2>
          <AsCode request={requests.layers(server)} />
          <Button
            size="sm"
            variant={isTable ? 'light' : 'default'}
            aria-pressed={isTable}
            onClick={() => setIsTable(!isTable)}
          >
            {m.tree_as_table()}
          </Button>
        </div>
        {isTable ? (
          <LayerTable picture={picture} facts={facts} titles={titles} />
        ) : (
          <LayerTree picture={picture} facts={facts} titles={titles} selected={selected} onSelect={select} />
        )}
      </section>
      {!isTable && <PointPanel server={server} picture={picture} point={selected} facts={facts} />}
    </div>
  )
}

function useFacts({ os, undo }: ServerDetail): Facts {
  const snapshots = useSnapshots().data
  const now = useNow()
  return useMemo(
    () => ({
      imageName: os.name,
      times: new Map((snapshots ?? []).map(({ id, created_at }) => [id, created_at])),
      undoUntil: undo.until,
      now,
    }),
    [os.name, undo.until, snapshots, now],
  )
}

/** Disks as the guest counts them; none where the picture has other trees than the server has disks. */
function titlesOf(disks: ServerDetail['disks'], count: number): string[] {
  if (disks.length !== count) return []
  let disk = 0
  return disks.map(({ role }) => (role === 'nvram' ? m.disk_nvram() : m.disk_title({ n: number(language(), ++disk) })))
}
