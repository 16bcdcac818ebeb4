/** All snapshots of all servers: what one can go back to, and how good each is. */
import { Button } from '@mantine/core'
import type { Receipt, Snapshot } from '@restpoint/sdk/source'
import { useState } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import { useEndedSnapshot, useSnapshots } from '../../data/snapshots.ts'
import { MIB, number } from '../../format/numbers.ts'
import { Page } from '../../frame/page.tsx'
import { language } from '../../language/language.ts'
import { m } from '../../paraglide/messages.js'
import { AsCode, AsCodeDialog } from '../../parts/as-code.tsx'
import { Code } from '../../parts/code.tsx'
import { Pager } from '../../parts/pager.tsx'
import { Permitted } from '../../parts/permitted.tsx'
import { SearchBar } from '../../parts/search-bar.tsx'
import { Size } from '../../parts/size.tsx'
import { StateDot, stateInWords } from '../../parts/state-dot.tsx'
import { Answered, Empty } from '../../parts/states.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Ago } from '../../parts/time.tsx'
import { paths } from '../../paths.ts'
import { useProblemWords } from '../../problems/catalogue.ts'
import { FromService } from '../../problems/problem.tsx'
import { consistencyInWords } from '../../snapshots/receipt.ts'
import { type Opened, OpenedDialog, SnapshotMenu } from './menu.tsx'
import { listRequest, showRequest } from './requests.ts'
import {
  PAGE_SIZE,
  pageOf,
  readSelection,
  type Selection,
  selected,
  serversOf,
  statuses,
  writeSelection,
} from './selection.ts'
import css from './snapshots.module.css'

export default function SnapshotList() {
  const selection = readSelection(useSearch())
  return (
    <Page title={m.all_snapshots_title()} actions={<AsCode request={listRequest(selection)} />}>
      <Permitted permission="snapshots:read">
        <Answered query={useSnapshots()}>
          {all => (all.length === 0 ? <NoSnapshots /> : <Snapshots snapshots={all} selection={selection} />)}
        </Answered>
      </Permitted>
    </Page>
  )
}

interface SnapshotsProps {
  readonly snapshots: readonly Snapshot[]
  readonly selection: Selection
}

function Snapshots({ snapshots, selection }: SnapshotsProps) {
  const [, go] = useLocation()
  const [opened, open] = useState<Opened>()
  const select = (change: Partial<Selection>) =>
    go(`${paths.snapshots()}${writeSelection({ ...selection, page: 1, ...change })}`, { replace: true })
  const { code, numbers } = language()
  const { query, status, serverId, page } = selection
  const shown = selected(snapshots, selection)
  const servers = serversOf(snapshots, new Intl.Collator(code, { numeric: true }).compare)
  return (
    <>
      <SearchBar
        search={{ label: m.all_snapshots_search(), value: query, change: query => select({ query }) }}
        filters={[
          {
            label: m.all_snapshots_state(),
            value: status ?? '',
            options: statuses.map(value => ({ value, label: stateInWords(value) })),
            choose: value => select({ status: statuses.find(one => one === value) }),
          },
          {
            label: m.all_snapshots_server(),
            value: serverId === undefined ? '' : String(serverId),
            options: servers.map(({ id, name }) => ({ value: String(id), label: name })),
            choose: value => select({ serverId: value === '' ? undefined : Number(value) }),
          },
        ]}
        count={m.all_snapshots_count({ count: shown.length, n: number({ code, numbers }, shown.length) })}
      />
      {shown.length === 0 ? (
        <Empty title={m.all_snapshots_none_fit()}>
          <Button
            variant="default"
            size="sm"
            onClick={() => select({ query: '', status: undefined, serverId: undefined })}
          >
            {m.form_show_all()}
          </Button>
        </Empty>
      ) : (
        <Table
          caption={m.all_snapshots_title()}
          columns={columnsFor(open)}
          rows={pageOf(shown, page)}
          keyOf={({ id }) => id}
        />
      )}
      <Pager page={page} pageSize={PAGE_SIZE} count={shown.length} go={page => select({ page })} />
      {opened && opened.what !== 'code' && <OpenedDialog opened={opened} close={() => open(undefined)} />}
      <AsCodeDialog
        request={showRequest(opened?.snapshot.id ?? 0)}
        isOpen={opened?.what === 'code'}
        close={() => open(undefined)}
      />
    </>
  )
}

function columnsFor(open: (opened: Opened) => void): Column<Snapshot>[] {
  return [
    { key: 'name', head: m.all_snapshots_name(), isName: true, cell: snapshot => <Name snapshot={snapshot} /> },
    {
      key: 'server',
      head: m.all_snapshots_server(),
      cell: ({ server }) => (
        <Link href={paths.server(server.id)} className="clamped" title={server.name}>
          <bdi>{server.name}</bdi>
        </Link>
      ),
    },
    { key: 'state', head: m.all_snapshots_state(), cell: ({ status }) => <StateDot state={status} /> },
    {
      key: 'consistency',
      head: m.all_snapshots_consistency(),
      cell: snapshot => <Consistency snapshot={snapshot} />,
    },
    {
      key: 'size',
      head: m.all_snapshots_size(),
      isNumber: true,
      cell: ({ size_mb }) => (size_mb === null ? '–' : <Size bytes={size_mb * MIB} />),
    },
    { key: 'age', head: m.all_snapshots_age(), cell: ({ created_at }) => <Ago at={created_at} /> },
    {
      key: 'actions',
      head: m.form_actions(),
      isActions: true,
      cell: snapshot => <SnapshotMenu snapshot={snapshot} open={what => open({ what, snapshot })} />,
    },
  ]
}

function Name({ snapshot: { name, description } }: { readonly snapshot: Snapshot }) {
  return (
    <>
      <div className={`clamped ${css['name']}`} title={name}>
        <bdi>{name}</bdi>
      </div>
      {description !== '' && (
        <div className={`clamped ${css['description']}`} title={description}>
          <bdi>{description}</bdi>
        </div>
      )}
    </>
  )
}

/** What it is good for; of a failed one, why it failed. */
function Consistency({ snapshot }: { readonly snapshot: Snapshot }) {
  const detail = useEndedSnapshot(snapshot).data
  const words = useProblemWords(detail?.error?.code)
  if (!detail) return '–'
  if (detail.receipt) return <span title={consistencyInWords(detail.receipt)}>{inShort(detail.receipt)}</span>
  if (!detail.error) return '–'
  const cause = words?.title ?? <FromService>{detail.error.title}</FromService>
  return detail.operation_id === null ? cause : <Link href={paths.operation(detail.operation_id)}>{cause}</Link>
}

function inShort({ achieved, running }: Receipt): string {
  if (achieved === 'filesystem') return m.all_snapshots_is_filesystem()
  return running ? m.all_snapshots_is_crash() : m.all_snapshots_is_stopped()
}

function NoSnapshots() {
  return (
    <Empty title={m.all_snapshots_empty_title()}>
      <p>{m.all_snapshots_empty_text()}</p>
      <p>
        <Code>restpoint snapshot create web-server-01 --name before-upgrade</Code>
      </p>
    </Empty>
  )
}
