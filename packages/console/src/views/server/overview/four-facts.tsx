/** What one wants to know first: room for snapshots, bytes, the guest agent, and whether there is something to undo. */

import type { Layer, ServerDetail } from '@restpoint/sdk/source'
import type { ReactNode } from 'react'
import { useReasons } from '../../../actions/reasons.ts'
import { useUndo } from '../../../actions/undo.ts'
import { isolated } from '../../../format/isolate.ts'
import { number, size } from '../../../format/numbers.ts'
import { language } from '../../../language/language.ts'
import { m } from '../../../paraglide/messages.js'
import { ActionButton } from '../../../parts/action-button.tsx'
import { Size } from '../../../parts/size.tsx'
import { bytesOf } from './bytes.ts'
import css from './four-facts.module.css'
import { UndoEnds } from './undo-ends.tsx'

interface FourFactsProps {
  readonly server: ServerDetail
  readonly layers: readonly Layer[]
}

export function FourFacts({ server, layers }: FourFactsProps) {
  const { snapshots, agent, undo } = server
  const { own, shared } = bytesOf(layers)
  const shown = language()
  return (
    <dl className={css['facts']}>
      <Fact name={m.fact_slots()}>
        {m.fact_slots_of({ used: number(shown, snapshots.count), limit: number(shown, snapshots.limit) })}
        <span className={css['slots']} aria-hidden="true">
          <span style={{ inlineSize: `${(100 * snapshots.count) / Math.max(1, snapshots.limit)}%` }} />
        </span>
      </Fact>
      <Fact name={m.fact_bytes()} more={m.fact_shared({ size: isolated(size(shown, shared)) })}>
        <Size bytes={own} />
      </Fact>
      <Fact name={m.fact_agent()} more={agentMatters(server)}>
        {agent.connected ? m.fact_agent_there() : m.fact_agent_absent()}
      </Fact>
      <Fact name={m.fact_restore()} more={undo.until !== null && <UndoEnds until={undo.until} />}>
        {undo.available ? <Undo server={server} /> : m.fact_restore_none()}
      </Fact>
    </dl>
  )
}

function agentMatters({ agent, status }: ServerDetail): string {
  if (agent.connected) return m.fact_agent_good()
  return status === 'active' ? m.fact_agent_bad() : m.fact_agent_stopped()
}

interface FactProps {
  readonly name: string
  readonly more?: ReactNode
  readonly children: ReactNode
}

function Fact({ name, more, children }: FactProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={css['value']}>{children}</dd>
      {more && <dd className={css['more']}>{more}</dd>}
    </div>
  )
}

function Undo({ server }: { readonly server: ServerDetail }) {
  const undo = useUndo(server)
  return (
    <ActionButton
      size="compact-sm"
      variant="light"
      reason={useReasons(server)('undo')}
      loading={undo.isPending}
      onClick={() => undo.mutate()}
    >
      {m.undo_button()}
    </ActionButton>
  )
}
