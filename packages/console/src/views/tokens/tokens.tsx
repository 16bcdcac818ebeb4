/** The tokens of the reader's account: what each may do, when it ends, when it was used last. */
import type { NewToken, Token } from '@restpoint/sdk/source'
import { useState } from 'react'
import { useReasonAgainst } from '../../data/allowed.ts'
import { useMe } from '../../data/me.ts'
import { useTokens } from '../../data/tokens.ts'
import { isolated } from '../../format/isolate.ts'
import { number } from '../../format/numbers.ts'
import { Page } from '../../frame/page.tsx'
import { language } from '../../language/language.ts'
import { m } from '../../paraglide/messages.js'
import { ActionButton } from '../../parts/action-button.tsx'
import { AsCode } from '../../parts/as-code.tsx'
import { Code } from '../../parts/code.tsx'
import { Permitted } from '../../parts/permitted.tsx'
import { RowMenu } from '../../parts/row-menu.tsx'
import { SearchBar } from '../../parts/search-bar.tsx'
import { Answered, Empty } from '../../parts/states.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Ago, useNow } from '../../parts/time.tsx'
import { CreateTokenDialog } from './create.tsx'
import { NewSecret } from './new-secret.tsx'
import { Permissions } from './permission-choice.tsx'
import { tokenRequests } from './requests.ts'
import { RevokeDialog } from './revoke.tsx'
import css from './tokens.module.css'

export default function TokenList() {
  const [isCreating, setIsCreating] = useState(false)
  const [made, setMade] = useState<NewToken>()
  const query = useTokens()
  const against = useReasonAgainst()('tokens:write')
  return (
    <Page
      title={m.tokens_title()}
      actions={
        <>
          <AsCode request={tokenRequests.list} />
          <ActionButton size="sm" reason={against} onClick={() => setIsCreating(true)}>
            {m.tokens_create()}
          </ActionButton>
        </>
      }
    >
      <Permitted permission="tokens:write">
        <Answered query={query}>
          {tokens => (tokens.length === 0 ? <NoTokens /> : <Tokens tokens={tokens} against={against} />)}
        </Answered>
      </Permitted>
      {isCreating && (
        <CreateTokenDialog
          made={token => {
            setIsCreating(false)
            setMade(token)
          }}
          close={() => setIsCreating(false)}
        />
      )}
      {made && (
        <NewSecret title={m.tokens_made({ name: isolated(made.name) })} token={made} close={() => setMade(undefined)} />
      )}
    </Page>
  )
}

interface TokensProps {
  readonly tokens: readonly Token[]
  readonly against: string | undefined
}

function Tokens({ tokens, against }: TokensProps) {
  const [revoking, setRevoking] = useState<Token>()
  const own = useMe().data?.token.name
  const columns: Column<Token>[] = [
    {
      key: 'name',
      head: m.tokens_name(),
      isName: true,
      cell: ({ name }) => (
        <>
          <bdi className={css['name']}>{name}</bdi>
          {name === own && <div className={css['own']}>{m.tokens_own()}</div>}
        </>
      ),
    },
    {
      key: 'permissions',
      head: m.tokens_permissions(),
      cell: ({ permissions }) => <Permissions permissions={permissions} />,
    },
    { key: 'end', head: m.tokens_end(), cell: ({ expires_at }) => <End at={expires_at} /> },
    {
      key: 'used',
      head: m.tokens_used(),
      cell: ({ last_used_at }) =>
        last_used_at === null ? <span className="dim">{m.tokens_never_used()}</span> : <Ago at={last_used_at} />,
    },
    { key: 'made', head: m.tokens_made_at(), cell: ({ created_at }) => <Ago at={created_at} /> },
    {
      key: 'actions',
      head: m.form_actions(),
      isActions: true,
      cell: token => (
        <RowMenu
          label={m.tokens_menu({ name: isolated(token.name) })}
          actions={[{ label: m.tokens_revoke(), reason: against, isFinal: true, run: () => setRevoking(token) }]}
        />
      ),
    },
  ]
  return (
    <>
      <SearchBar
        text={m.tokens_text()}
        count={m.tokens_count({ count: tokens.length, n: number(language(), tokens.length) })}
      />
      <Table caption={m.tokens_title()} columns={columns} rows={tokens} keyOf={({ id }) => id} />
      {revoking && <RevokeDialog token={revoking} close={() => setRevoking(undefined)} />}
    </>
  )
}

function End({ at }: { readonly at: string | null }) {
  const now = useNow()
  if (at === null) return <span className="dim">{m.tokens_end_never()}</span>
  if (Date.parse(at) > now) return <Ago at={at} />
  return (
    <span className={css['ended']}>
      {m.tokens_ended()} · <Ago at={at} />
    </span>
  )
}

function NoTokens() {
  return (
    <Empty title={m.tokens_empty_title()}>
      <p>{m.tokens_empty_text()}</p>
      <p>
        <Code>restpoint token create nightly --permission snapshots:write --expires 90d</Code>
      </p>
    </Empty>
  )
}
