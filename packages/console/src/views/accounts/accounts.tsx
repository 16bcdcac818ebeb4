/** Who shares this host, and what each may use. For administrators. */
import type { Account, NewAccount } from '@restpoint/sdk/source'
import { useState } from 'react'
import { useAccounts } from '../../data/accounts.ts'
import { useReasonAgainst } from '../../data/allowed.ts'
import { isolated } from '../../format/isolate.ts'
import { number } from '../../format/numbers.ts'
import { Page } from '../../frame/page.tsx'
import { language } from '../../language/language.ts'
import { m } from '../../paraglide/messages.js'
import { ActionButton } from '../../parts/action-button.tsx'
import { AsCode, AsCodeDialog } from '../../parts/as-code.tsx'
import { Permitted } from '../../parts/permitted.tsx'
import { RowMenu } from '../../parts/row-menu.tsx'
import { SearchBar } from '../../parts/search-bar.tsx'
import { Size } from '../../parts/size.tsx'
import { Answered } from '../../parts/states.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Ago } from '../../parts/time.tsx'
import { NewSecret } from '../tokens/new-secret.tsx'
import css from './accounts.module.css'
import { ChangeAccountDialog } from './change.tsx'
import { CreateAccountDialog } from './create.tsx'
import { DeleteAccountDialog } from './delete.tsx'
import { accountRequests } from './requests.ts'

export default function AccountList() {
  const [isCreating, setIsCreating] = useState(false)
  const [made, setMade] = useState<NewAccount>()
  const against = useReasonAgainst()('admin')
  return (
    <Page
      title={m.accounts_title()}
      actions={
        <>
          <AsCode request={accountRequests.list} />
          <ActionButton size="sm" reason={against} onClick={() => setIsCreating(true)}>
            {m.accounts_create()}
          </ActionButton>
        </>
      }
    >
      <Permitted permission="admin">
        <Answered query={useAccounts()}>{accounts => <Accounts accounts={accounts} against={against} />}</Answered>
      </Permitted>
      {isCreating && (
        <CreateAccountDialog
          made={account => {
            setIsCreating(false)
            setMade(account)
          }}
          close={() => setIsCreating(false)}
        />
      )}
      {made && (
        <NewSecret
          title={m.accounts_made({ email: isolated(made.email) })}
          token={made.token}
          close={() => setMade(undefined)}
        />
      )}
    </Page>
  )
}

type Opened = { readonly what: 'change' | 'delete' | 'code'; readonly account: Account }

interface AccountsProps {
  readonly accounts: readonly Account[]
  readonly against: string | undefined
}

function Accounts({ accounts, against }: AccountsProps) {
  const [opened, setOpened] = useState<Opened>()
  const close = () => setOpened(undefined)
  const columns: Column<Account>[] = [
    { key: 'who', head: m.accounts_who(), isName: true, cell: account => <Who account={account} /> },
    {
      key: 'servers',
      head: m.accounts_servers(),
      isNumber: true,
      cell: ({ quota }) => <Most value={quota.servers} />,
    },
    {
      key: 'snapshots',
      head: m.accounts_snapshots(),
      isNumber: true,
      cell: ({ quota }) => <Most value={quota.snapshots_per_server} />,
    },
    {
      key: 'bytes',
      head: m.accounts_space(),
      isNumber: true,
      cell: ({ quota: { bytes } }) => (bytes === null ? <Most value={null} /> : <Size bytes={bytes} />),
    },
    { key: 'made', head: m.accounts_made_at(), cell: ({ created_at }) => <Ago at={created_at} /> },
    {
      key: 'actions',
      head: m.form_actions(),
      isActions: true,
      cell: account => (
        <RowMenu
          label={m.accounts_menu({ email: isolated(account.email) })}
          actions={[
            { label: m.accounts_change(), reason: against, run: () => setOpened({ what: 'change', account }) },
            {
              label: m.accounts_delete(),
              reason: against,
              isFinal: true,
              run: () => setOpened({ what: 'delete', account }),
            },
          ]}
          showCode={() => setOpened({ what: 'code', account })}
        />
      ),
    },
  ]
  return (
    <>
      <SearchBar
        text={m.accounts_text()}
        count={m.accounts_count({ count: accounts.length, n: number(language(), accounts.length) })}
      />
      <Table caption={m.accounts_title()} columns={columns} rows={accounts} keyOf={({ id }) => id} />
      {opened?.what === 'change' && <ChangeAccountDialog account={opened.account} close={close} />}
      {opened?.what === 'delete' && <DeleteAccountDialog account={opened.account} close={close} />}
      <AsCodeDialog
        request={accountRequests.show(opened?.account.id ?? 0)}
        isOpen={opened?.what === 'code'}
        close={close}
      />
    </>
  )
}

/** Each name by itself: whichever way one runs, the others stay as they are. */
function Who({ account: { email, first_name, last_name, company_name } }: { readonly account: Account }) {
  return (
    <>
      <bdi className={css['email']}>{email}</bdi>
      <div className={css['person']}>
        <bdi>{first_name}</bdi> <bdi>{last_name}</bdi>
        {company_name !== '' && first_name + last_name !== '' && ' · '}
        <bdi>{company_name}</bdi>
      </div>
    </>
  )
}

function Most({ value }: { readonly value: number | null }) {
  return value === null ? <span className="dim">{m.accounts_unlimited()}</span> : number(language(), value)
}
