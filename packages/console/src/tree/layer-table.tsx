/** The same as the picture, for whoever would rather read: a row a layer, from the bottom up. */
import { useMemo } from 'react'
import { m } from '../paraglide/messages.js'
import { Code } from '../parts/code.tsx'
import { Size } from '../parts/size.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { type Bar, diskOf, type Picture } from './picture.ts'
import { type Facts, fateInWords, kindOf, labelOf } from './words.ts'

interface LayerTableProps {
  readonly picture: Picture
  readonly facts: Facts
  readonly titles: readonly string[]
}

export function LayerTable({ picture, facts, titles }: LayerTableProps) {
  const bars = useMemo(() => picture.items.filter(item => item.type === 'layer'), [picture])
  const disk = (bar: Bar) => titles[diskOf(bar, picture)]
  const columns: readonly Column<Bar>[] = [
    { key: 'name', head: m.tree_head_name(), isName: true, cell: bar => <bdi>{labelOf(bar, picture, facts)}</bdi> },
    { key: 'kind', head: m.tree_head_kind(), cell: bar => kindOf(bar)() },
    ...(picture.bands.length > 1 ? [{ key: 'disk', head: m.tree_head_disk(), cell: disk }] : []),
    { key: 'id', head: m.tree_head_layer(), cell: bar => <Code>{bar.layer.id}</Code> },
    { key: 'parent', head: m.tree_head_parent(), cell: bar => <Code>{bar.layer.parent_id ?? '–'}</Code> },
    {
      key: 'servers',
      head: m.tree_head_servers(),
      cell: bar => <bdi>{bar.layer.servers.map(({ name }) => name).join(', ') || '–'}</bdi>,
    },
    { key: 'fate', head: m.tree_head_fate(), cell: bar => fateInWords(bar, picture) || '–' },
    {
      key: 'bytes',
      head: m.tree_head_bytes(),
      isNumber: true,
      cell: bar => <Size bytes={bar.layer.allocated_bytes} />,
    },
  ]
  return <Table caption={m.tree_name()} columns={columns} rows={bars} keyOf={({ key }) => key} />
}
