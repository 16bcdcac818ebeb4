/** Ctrl K or ⌘ K: type where to go or what to do. A combobox whose list is always open. */
import { Modal } from '@mantine/core'
import { useEffect, useId, useState } from 'react'
import { m } from '../paraglide/messages.js'
import { type Group, useGroups } from './entries.ts'
import { matching } from './matching.ts'
import css from './palette.module.css'

interface PaletteProps {
  readonly isOpen: boolean
  readonly setIsOpen: (isOpen: boolean) => void
}

export function Palette({ isOpen, setIsOpen }: PaletteProps) {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
      event.preventDefault()
      setIsOpen(true)
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [setIsOpen])
  return (
    <Modal
      opened={isOpen}
      onClose={() => setIsOpen(false)}
      title={m.palette_title()}
      yOffset="10vh"
      closeButtonProps={{ 'aria-label': m.close() }}
    >
      <Chooser close={() => setIsOpen(false)} />
    </Modal>
  )
}

/** More than this nobody reads: one types a letter more. */
const MOST = 8

function Chooser({ close }: { readonly close: () => void }) {
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const list = useId()
  const groups: Group[] = useGroups()
    .map(({ title, commands }) => ({ title, commands: matching(commands, typed, ({ label }) => label).slice(0, MOST) }))
    .filter(({ commands }) => commands.length > 0)
  const all = groups.flatMap(({ commands }) => commands)
  const chosen = all[Math.min(at, all.length - 1)]
  const run = (command = chosen) => {
    if (!command) return
    close()
    command.run()
  }
  const move = (by: number) => setAt((Math.min(at, all.length - 1) + by + all.length) % all.length)
  const doing: Record<string, () => void> = { ArrowDown: () => move(1), ArrowUp: () => move(-1), Enter: () => run() }
  useEffect(() => {
    if (chosen) document.getElementById(`${list} ${chosen.id}`)?.scrollIntoView({ block: 'nearest' })
  }, [chosen, list])
  return (
    <>
      <input
        className={css['input']}
        type="text"
        role="combobox"
        data-autofocus
        autoComplete="off"
        spellCheck={false}
        aria-label={m.palette_placeholder()}
        placeholder={m.palette_placeholder()}
        aria-expanded="true"
        aria-autocomplete="list"
        aria-controls={list}
        aria-activedescendant={chosen && `${list} ${chosen.id}`}
        value={typed}
        onChange={event => {
          setTyped(event.currentTarget.value)
          setAt(0)
        }}
        onKeyDown={event => {
          const act = doing[event.key]
          if (!act || all.length === 0 || event.nativeEvent.isComposing) return
          event.preventDefault()
          act()
        }}
      />
      <div id={list} role="listbox" aria-label={m.palette_title()} className={css['list']}>
        {groups.map(({ title, commands }) => (
          <div key={title} role="group" aria-label={title}>
            <div aria-hidden="true" className={css['group']}>
              {title}
            </div>
            {commands.map(command => (
              // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the keys are those of the input
              <div
                key={command.id}
                id={`${list} ${command.id}`}
                role="option"
                tabIndex={-1}
                aria-selected={command === chosen}
                className={css['option']}
                onMouseMove={() => setAt(all.indexOf(command))}
                onClick={() => run(command)}
              >
                <bdi>{command.label}</bdi>
              </div>
            ))}
          </div>
        ))}
      </div>
      {all.length === 0 && <p role="status">{m.palette_nothing({ query: typed })}</p>}
    </>
  )
}
