/** `/servers/ID/terminal`: the server's serial console. Reading it needs what typing needs, because it shows what is typed. */
import { Button, Kbd, useComputedColorScheme } from '@mantine/core'
import type { ServerDetail } from '@restpoint/sdk/source'
import { useEffect, useId, useRef, useState } from 'react'
import { useReasons } from '../../../actions/reasons.ts'
import { nonce } from '../../../app.tsx'
import { useMay } from '../../../data/me.ts'
import { SnapshotDialog } from '../../../dialogs/snapshot.tsx'
import { isolated } from '../../../format/isolate.ts'
import { tell } from '../../../notices/notices.ts'
import { m } from '../../../paraglide/messages.js'
import { ActionButton } from '../../../parts/action-button.tsx'
import { Icon } from '../../../parts/icon.tsx'
import { Empty, Loading } from '../../../parts/states.tsx'
import { Problem } from '../../../problems/problem.tsx'
import { useRestpoint } from '../../../session/client.tsx'
import { copy, pasted } from '../../../terminal/clipboard.ts'
import { type TerminalKey, terminalKeys } from '../../../terminal/keys.ts'
import { join, type Line, newLine } from '../../../terminal/line.ts'
import { isForReaders, makeForReaders } from '../../../terminal/readers.ts'
import { openScreen, type Screen } from '../../../terminal/screen.ts'
import { usePowers } from '../../servers/power.ts'
import css from './terminal.module.css'
import { LineState } from './terminal-state.tsx'

interface TerminalProps {
  readonly server: ServerDetail
}

export default function TerminalTab({ server }: TerminalProps) {
  const may = useMay()('servers:write')
  if (may === undefined) return <Loading />
  if (may) return <OpenTerminal server={server} />
  return (
    <Empty title={m.terminal_forbidden()}>
      <p>{m.permission_reason({ permission: 'servers:write' })}</p>
    </Empty>
  )
}

function OpenTerminal({ server }: TerminalProps) {
  const restpoint = useRestpoint()
  const place = useRef<HTMLDivElement>(null)
  const tools = useRef<HTMLDivElement>(null)
  const copyButton = useRef<HTMLButtonElement>(null)
  const [screen, setScreen] = useState<Screen>()
  const [line, setLine] = useState<Line>(newLine)
  const [attempt, setAttempt] = useState(0)
  const [isSelected, setIsSelected] = useState(false)
  const [isReader, setIsReader] = useState(isForReaders)
  const [isSnapshotOpen, setIsSnapshotOpen] = useState(false)
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false })
  const keysId = useId()
  const { id, name } = server

  useEffect(() => {
    if (!place.current) return
    // Each attempt is a terminal of its own: the number is what it depends on.
    void attempt
    const terminal = restpoint.servers.openTerminal(id)
    const opened = openScreen(place.current, {
      nonce: nonce(),
      words: { input: m.terminal_input(), tooMuchOutput: m.terminal_too_much_output() },
      keysId,
      onTyped: data => {
        if (!terminal.write(data) && terminal.state !== 'closed') tell({ title: m.terminal_too_much() })
      },
      onSelected: setIsSelected,
      onKey: key => {
        if (key === 'copy') void copySelected(opened)
        else if (copyButton.current && tools.current) opened.leaveTo(copyButton.current, tools.current)
      },
    })
    setLine(newLine)
    join(terminal, opened, change => setLine(known => ({ ...known, ...change })))
    setScreen(opened)
    return () => {
      terminal.close()
      opened.close()
    }
  }, [restpoint, id, keysId, attempt])

  // What is typed while it connects is sent then; where no machine runs, nobody hears it.
  const isTaken = line.state === 'running' || line.state === 'connecting'
  useEffect(() => screen?.show({ scheme, isForReaders: isReader, isTaken }), [screen, scheme, isReader, isTaken])

  const start = usePowers(server).find(({ power }) => power === 'start')
  return (
    <section aria-label={m.terminal_region({ name: isolated(name) })}>
      <div className={css['head']}>
        <LineState line={line} status={server.status} />
        {line.state === 'stopped' && server.status === 'stopped' && start && (
          <ActionButton size="xs" reason={start.reason} loading={start.isRunning} onClick={start.run}>
            {start.label}
          </ActionButton>
        )}
        <div ref={tools} role="group" aria-label={m.terminal_tools()} className={css['tools']}>
          <Button
            ref={copyButton}
            size="xs"
            variant="default"
            leftSection={<Icon name="copy" />}
            onClick={() => screen && void copyAndTell(screen.selected() ?? screen.text())}
          >
            {isSelected ? m.terminal_copy() : m.terminal_copy_all()}
          </Button>
          <Button size="xs" variant="default" disabled={!isTaken} onClick={() => screen && void paste(screen)}>
            {m.terminal_paste()}
          </Button>
          <Button
            size="xs"
            variant={isReader ? 'light' : 'default'}
            aria-pressed={isReader}
            onClick={() => {
              makeForReaders(!isReader)
              setIsReader(!isReader)
            }}
          >
            {m.terminal_reader()}
          </Button>
          <ActionButton
            size="xs"
            variant="light"
            reason={useReasons(server)('snapshot')}
            onClick={() => setIsSnapshotOpen(true)}
          >
            {m.action_snapshot()}
          </ActionButton>
        </div>
      </div>
      {line.state === 'closed' && line.error !== undefined && (
        <Problem error={line.error}>
          <Button size="xs" variant="default" onClick={() => setAttempt(attempt + 1)}>
            {m.terminal_again()}
          </Button>
        </Problem>
      )}
      {/* From left to right, whatever the page does: that is what guests write for. */}
      <div dir="ltr" className={css['screen']}>
        <div ref={place} />
      </div>
      <Keys id={keysId} />
      {isSnapshotOpen && <SnapshotDialog server={server} close={() => setIsSnapshotOpen(false)} />}
    </section>
  )
}

function Keys({ id }: { readonly id: string }) {
  const words: Readonly<Record<TerminalKey, string>> = {
    copy: m.terminal_key_copy(),
    paste: m.terminal_key_paste(),
    leave: m.terminal_key_leave(),
  }
  return (
    <ul id={id} className={css['keys']}>
      {(['copy', 'paste', 'leave'] as const).map(key => (
        <li key={key}>
          <Kbd dir="ltr" size="xs">
            {terminalKeys[key]}
          </Kbd>{' '}
          {words[key]}
        </li>
      ))}
    </ul>
  )
}

async function copySelected(screen: Screen): Promise<void> {
  const text = screen.selected()
  if (text !== undefined) await copyAndTell(text)
}

async function copyAndTell(text: string): Promise<void> {
  tell({ title: (await copy(text)) ? m.terminal_copied() : m.terminal_copy_refused() })
}

async function paste(screen: Screen): Promise<void> {
  const text = await pasted()
  if (text === undefined) tell({ title: m.terminal_paste_refused(), text: m.terminal_paste_next() })
  else screen.paste(text)
  screen.focus()
}
