/** What the service is at work on, and what it has done: the running ones first, then all of them page by page. */
import { Button } from '@mantine/core'
import type { Operation } from '@restpoint/sdk/source'
import { Link, useLocation, useSearch } from 'wouter'
import { useServers } from '../../data/servers.ts'
import { number } from '../../format/numbers.ts'
import { Page } from '../../frame/page.tsx'
import { language } from '../../language/language.ts'
import { ProgressBar } from '../../operations/progress-bar.tsx'
import { kindInWords } from '../../operations/words.ts'
import { m } from '../../paraglide/messages.js'
import { AsCode } from '../../parts/as-code.tsx'
import { Pager } from '../../parts/pager.tsx'
import { SearchBar } from '../../parts/search-bar.tsx'
import { StateDot, stateInWords } from '../../parts/state-dot.tsx'
import { Answered, Empty } from '../../parts/states.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Ago } from '../../parts/time.tsx'
import { paths } from '../../paths.ts'
import { useProblemWords } from '../../problems/catalogue.ts'
import { FromService } from '../../problems/problem.tsx'
import { OperationDialog } from './detail.tsx'
import css from './operations.module.css'
import { useHistory, useUnderWay } from './queries.ts'
import { listRequest } from './requests.ts'
import { PAGE_SIZE, readSelection, type Selection, statuses, writeSelection } from './selection.ts'
import { Took } from './took.tsx'

export default function OperationList() {
  const [, go] = useLocation()
  const selection = readSelection(useSearch())
  const select = (change: Partial<Selection>) =>
    go(`${paths.operations()}${writeSelection({ ...selection, ...change })}`, { replace: true })
  return (
    <Page title={m.history_title()} actions={<AsCode request={listRequest(selection)} />}>
      <UnderWay selection={selection} />
      <History selection={selection} select={select} />
      {selection.operationId !== undefined && (
        <OperationDialog id={selection.operationId} close={() => select({ operationId: undefined })} />
      )}
    </Page>
  )
}

function UnderWay({ selection }: { readonly selection: Selection }) {
  const query = useUnderWay()
  return (
    <section aria-labelledby="under-way">
      <h2 id="under-way" className={css['heading']}>
        {m.history_under_way()}
      </h2>
      <Answered query={query}>
        {({ operations, count }) => (
          <>
            {operations.length === 0 && <p className="dim">{m.history_nothing_under_way()}</p>}
            <ul className={css['running']}>
              {operations.map(operation => (
                <li key={operation.id}>
                  <ProgressBar operation={operation} />
                  <p className={css['about']}>
                    <Subject operation={operation} />
                    <Link href={hrefOf(operation.id, selection)}>{m.history_number({ id: String(operation.id) })}</Link>
                  </p>
                </li>
              ))}
            </ul>
            {count > operations.length && (
              <p className="dim">{m.history_more({ n: number(language(), count - operations.length) })}</p>
            )}
          </>
        )}
      </Answered>
    </section>
  )
}

interface HistoryProps {
  readonly selection: Selection
  readonly select: (change: Partial<Selection>) => void
}

function History({ selection, select }: HistoryProps) {
  const query = useHistory(selection)
  const servers = useServers().data ?? []
  const { status, serverId, page } = selection
  const isChosen = status !== undefined || serverId !== undefined
  return (
    <section aria-labelledby="history">
      <h2 id="history" className={css['heading']}>
        {m.history_all()}
      </h2>
      <SearchBar
        filters={[
          {
            label: m.history_state(),
            value: status ?? '',
            options: statuses.map(value => ({ value, label: stateInWords(value) })),
            choose: value => select({ status: statuses.find(one => one === value), page: 1 }),
          },
          {
            label: m.history_server(),
            value: serverId === undefined ? '' : String(serverId),
            options: servers.map(({ id, name }) => ({ value: String(id), label: name })),
            choose: value => select({ serverId: value === '' ? undefined : Number(value), page: 1 }),
          },
        ]}
        {...(query.data ? { count: countInWords(query.data.count) } : {})}
      />
      <Answered query={query}>
        {({ count, results }) => (
          <>
            {count === 0 ? (
              <None isChosen={isChosen} showAll={() => select({ status: undefined, serverId: undefined, page: 1 })} />
            ) : (
              <Table caption={m.history_all()} columns={columnsFor(selection)} rows={results} keyOf={({ id }) => id} />
            )}
            <Pager page={page} pageSize={PAGE_SIZE} count={count} go={page => select({ page })} />
          </>
        )}
      </Answered>
    </section>
  )
}

function countInWords(count: number): string {
  return m.history_count({ count, n: number(language(), count) })
}

function None({ isChosen, showAll }: { readonly isChosen: boolean; readonly showAll: () => void }) {
  if (!isChosen) {
    return (
      <Empty title={m.history_empty_title()}>
        <p>{m.history_empty_text()}</p>
      </Empty>
    )
  }
  return (
    <Empty title={m.history_none_fit()}>
      <Button variant="default" size="sm" onClick={showAll}>
        {m.form_show_all()}
      </Button>
    </Empty>
  )
}

function columnsFor(selection: Selection): Column<Operation>[] {
  return [
    {
      key: 'what',
      head: m.history_what(),
      isName: true,
      cell: operation => (
        <>
          <Link href={hrefOf(operation.id, selection)} className={css['open']}>
            {kindInWords(operation.kind)}
          </Link>
          {operation.error && <Cause error={operation.error} />}
        </>
      ),
    },
    { key: 'on', head: m.history_on(), cell: operation => <Subject operation={operation} /> },
    { key: 'state', head: m.history_state(), cell: ({ status }) => <StateDot state={status} /> },
    { key: 'when', head: m.history_when(), cell: ({ created_at }) => <Ago at={created_at} /> },
    { key: 'took', head: m.history_took(), isNumber: true, cell: operation => <Took operation={operation} /> },
  ]
}

function Cause({ error: { code, title } }: { readonly error: NonNullable<Operation['error']> }) {
  const words = useProblemWords(code)
  return <div className={css['cause']}>{words?.title ?? <FromService>{title}</FromService>}</div>
}

/** What it works on, as a link where one can go there. */
function Subject({ operation: { server, image_id } }: { readonly operation: Operation }) {
  if (server) {
    return (
      <Link href={paths.server(server.id)} className="clamped" title={server.name}>
        <bdi>{server.name === '' ? m.history_server_number({ id: String(server.id) }) : server.name}</bdi>
      </Link>
    )
  }
  if (image_id !== null) return <Link href={paths.images()}>{m.history_image_number({ id: String(image_id) })}</Link>
  return <span className="dim">{m.history_host()}</span>
}

function hrefOf(operationId: number, selection: Selection): string {
  return `${paths.operations()}${writeSelection({ ...selection, operationId })}`
}
