/** All servers at a glance: which run, and how old the last snapshot of each is. */
import { Button } from '@mantine/core'
import type { Server, Snapshot } from '@restpoint/sdk/source'
import { Link, useLocation, useSearch } from 'wouter'
import { useReasonAgainst } from '../../data/allowed.ts'
import { useMay } from '../../data/me.ts'
import { useServers } from '../../data/servers.ts'
import { newestByServer, useSnapshots } from '../../data/snapshots.ts'
import { GIB, MIB, number } from '../../format/numbers.ts'
import { Page } from '../../frame/page.tsx'
import { language } from '../../language/language.ts'
import { m } from '../../paraglide/messages.js'
import { ActionButton } from '../../parts/action-button.tsx'
import { AsCode } from '../../parts/as-code.tsx'
import { Code } from '../../parts/code.tsx'
import { SearchBar } from '../../parts/search-bar.tsx'
import { Size } from '../../parts/size.tsx'
import { StateDot, stateInWords } from '../../parts/state-dot.tsx'
import { Answered, Empty } from '../../parts/states.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Ago } from '../../parts/time.tsx'
import { paths } from '../../paths.ts'
import css from './list.module.css'
import { ServerMenu } from './menu.tsx'
import { readSelection, type Selection, selected, statuses, writeSelection } from './selection.ts'

export default function ServerList() {
  const selection = readSelection(useSearch())
  const servers = useServers()
  const status = selection.status ? ` --status ${selection.status}` : ''
  const query = selection.status ? `?status=${selection.status}` : ''
  const [, go] = useLocation()
  const against = useReasonAgainst()('servers:write')
  return (
    <Page
      title={m.servers_title()}
      actions={
        <>
          <AsCode
            request={{ method: 'GET', path: `/api/v1/servers/${query}`, cli: `restpoint server list${status}` }}
          />
          <ActionButton size="sm" reason={against} onClick={() => go(paths.newServer())}>
            {m.new_title()}
          </ActionButton>
        </>
      }
    >
      <Answered query={servers}>
        {all => (all.length === 0 ? <NoServers /> : <Servers servers={all} selection={selection} />)}
      </Answered>
    </Page>
  )
}

function Servers({ servers, selection }: { readonly servers: readonly Server[]; readonly selection: Selection }) {
  const [, go] = useLocation()
  const select = (change: Partial<Selection>) =>
    go(`${paths.servers()}${writeSelection({ ...selection, ...change })}`, { replace: true })
  const { code, numbers } = language()
  const shown = selected(servers, selection, new Intl.Collator(code, { numeric: true }).compare)
  const columns = useColumns()
  return (
    <>
      <SearchBar
        search={{ label: m.servers_search(), value: selection.query, change: query => select({ query }) }}
        filters={[
          {
            label: m.servers_state(),
            value: selection.status ?? '',
            options: statuses.map(value => ({ value, label: stateInWords(value) })),
            choose: value => select({ status: statuses.find(one => one === value) }),
          },
        ]}
        count={m.servers_count({ count: shown.length, n: number({ code, numbers }, shown.length) })}
      />
      {shown.length === 0 ? (
        <Empty title={m.servers_none_fit()}>
          <Button variant="default" size="sm" onClick={() => select({ query: '', status: undefined })}>
            {m.form_show_all()}
          </Button>
        </Empty>
      ) : (
        <Table caption={m.servers_title()} columns={columns} rows={shown} keyOf={({ id }) => id} />
      )}
    </>
  )
}

function useColumns(): Column<Server>[] {
  const newest = newestByServer(useSnapshots().data ?? [])
  const maySeeSnapshots = useMay()('snapshots:read') === true
  const columns: Column<Server>[] = [
    { key: 'name', head: m.servers_name(), isName: true, cell: server => <Name server={server} /> },
    { key: 'state', head: m.servers_state(), cell: ({ status }) => <StateDot state={status} /> },
    {
      key: 'address',
      head: m.servers_address(),
      cell: ({ ip_address }) => (ip_address ? <Code>{ip_address}</Code> : <Nothing>{m.servers_no_address()}</Nothing>),
    },
    { key: 'size', head: m.servers_size(), cell: ({ plan }) => <Plan plan={plan} /> },
    {
      key: 'snapshot',
      head: m.servers_last_snapshot(),
      cell: ({ id }) => <LastSnapshot snapshot={newest.get(id)} />,
    },
    { key: 'actions', head: m.servers_actions(), isActions: true, cell: server => <ServerMenu server={server} /> },
  ]
  return columns.filter(({ key }) => key !== 'snapshot' || maySeeSnapshots)
}

function Name({ server: { id, name, hostname } }: { readonly server: Server }) {
  return (
    <>
      <Link href={paths.server(id)} className={css['name']}>
        <bdi>{name}</bdi>
      </Link>
      {hostname !== name && (
        <div className={css['hostname']}>
          <bdi dir="ltr">{hostname}</bdi>
        </div>
      )}
    </>
  )
}

function Plan({ plan: { vcpus, memory, storage } }: Pick<Server, 'plan'>) {
  return (
    <span className={css['plan']}>
      <bdi dir="ltr">{number(language(), vcpus)} vCPU</bdi> · <Size bytes={memory * MIB} /> ·{' '}
      <Size bytes={storage * GIB} />
    </span>
  )
}

function LastSnapshot({ snapshot }: { readonly snapshot: Snapshot | undefined }) {
  if (!snapshot) return <Nothing>{m.servers_no_snapshot()}</Nothing>
  if (snapshot.status === 'in_progress') return <StateDot state="in_progress" />
  return <Ago at={snapshot.created_at} />
}

function Nothing({ children }: { readonly children: string }) {
  return <span className="dim">{children}</span>
}

function NoServers() {
  return (
    <Empty title={m.servers_empty_title()}>
      <p>{m.servers_empty_text()}</p>
      <p>
        <Code>restpoint server create web-server-01 --image 1 --storage 10</Code>
      </p>
    </Empty>
  )
}
