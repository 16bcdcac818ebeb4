/** All snapshots of a server: when each was taken, and what it is. */
import type { ServerDetail, Snapshot } from '@restpoint/sdk/source'
import { useState } from 'react'
import { requests } from '../../../actions/requests.ts'
import { useSnapshots } from '../../../data/snapshots.ts'
import { MIB } from '../../../format/numbers.ts'
import { m } from '../../../paraglide/messages.js'
import { AsCode } from '../../../parts/as-code.tsx'
import { Code } from '../../../parts/code.tsx'
import { Size } from '../../../parts/size.tsx'
import { StateDot } from '../../../parts/state-dot.tsx'
import { Answered, Empty } from '../../../parts/states.tsx'
import { type Column, Table } from '../../../parts/table.tsx'
import { Ago, useNow } from '../../../parts/time.tsx'
import { type Opened, OpenedDialog, SnapshotMenu } from '../../snapshots/menu.tsx'
import css from './tabs.module.css'
import { Timeline } from './timeline.tsx'

export default function Snapshots({ server }: { readonly server: ServerDetail }) {
  return (
    <Answered query={useSnapshots()}>
      {all => <Listed server={server} snapshots={all.filter(one => one.server.id === server.id)} />}
    </Answered>
  )
}

function Listed({ server, snapshots }: { readonly server: ServerDetail; readonly snapshots: readonly Snapshot[] }) {
  const now = useNow()
  const [opened, open] = useState<Opened>()
  if (snapshots.length === 0) {
    return (
      <Empty title={m.snapshots_empty_title()}>
        <p>{m.snapshots_empty_text()}</p>
        <p>
          <Code>restpoint snapshot create {server.id} --name before-upgrade</Code>
        </p>
      </Empty>
    )
  }
  const columns: readonly Column<Snapshot>[] = [
    { key: 'name', head: m.servers_name(), isName: true, cell: snapshot => <Name snapshot={snapshot} /> },
    { key: 'state', head: m.servers_state(), cell: ({ status }) => <StateDot state={status} /> },
    { key: 'taken', head: m.snapshots_taken(), cell: ({ created_at }) => <Ago at={created_at} /> },
    {
      key: 'size',
      head: m.snapshots_size(),
      isNumber: true,
      cell: ({ size_mb }) => (size_mb === null ? '–' : <Size bytes={size_mb * MIB} />),
    },
    {
      key: 'actions',
      head: m.servers_actions(),
      isActions: true,
      cell: snapshot => <SnapshotMenu snapshot={snapshot} open={what => open({ what, snapshot })} />,
    },
  ]
  return (
    <>
      <div className={css['head']}>
        <Timeline snapshots={snapshots} now={now} />
        <AsCode request={requests.snapshots(server)} />
      </div>
      <Table caption={m.tab_snapshots()} columns={columns} rows={snapshots} keyOf={({ id }) => id} />
      {opened && <OpenedDialog opened={opened} close={() => open(undefined)} />}
    </>
  )
}

function Name({ snapshot: { name, description } }: { readonly snapshot: Snapshot }) {
  return (
    <>
      <bdi className={css['name']}>{name}</bdi>
      {description !== '' && (
        <div className={`${css['description']} ${css['clamped']}`} dir="auto">
          {description}
        </div>
      )}
    </>
  )
}
