/** What the reader is about to do, or looks at, as a request that they can make themselves. The token is in none of it. */
import { Button, Modal } from '@mantine/core'
import { type Call, sample, sampleLanguages } from '@restpoint/docs/samples'
import { useId, useState } from 'react'
import { m } from '../paraglide/messages.js'
import css from './as-code.module.css'
import { CopyButton } from './copy-button.tsx'
import { Icon } from './icon.tsx'

export interface Request {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the service's address, with its query: `/api/v1/servers/?status=active`. */
  readonly path: string
  readonly body?: Call['body']
  /** The same on the command line: `restpoint server list`. Undefined: it has no word for it. */
  readonly cli?: string
}

const names = { curl: 'cURL', python: 'Python', javascript: 'JavaScript', cli: 'CLI' } as const
const tabs = [...sampleLanguages, 'cli'] as const
type Tab = (typeof tabs)[number]

/** The key that the documentation has it under, too. */
const KEY = 'restpoint.sample'

/** A button that opens it. */
export function AsCode({ request }: { readonly request: Request }) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <>
      <Button
        variant="subtle"
        color="gray"
        size="sm"
        leftSection={<Icon name="code" />}
        onClick={() => setIsOpen(true)}
      >
        {m.code_button()}
      </Button>
      <AsCodeDialog request={request} isOpen={isOpen} close={() => setIsOpen(false)} />
    </>
  )
}

interface DialogProps {
  readonly request: Request
  readonly isOpen: boolean
  readonly close: () => void
}

export function AsCodeDialog({ request, isOpen, close }: DialogProps) {
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      title={m.code_title()}
      size="lg"
      closeButtonProps={{ 'aria-label': m.close() }}
    >
      <Samples request={request} />
    </Modal>
  )
}

/** The samples alone, for a place of their own. */
export function Samples({ request }: { readonly request: Request }) {
  const [wanted, setWanted] = useState<Tab>(remembered)
  const panel = useId()
  const offered = request.cli === undefined ? sampleLanguages : tabs
  const chosen = offered.find(tab => tab === wanted) ?? 'curl'
  const text = textOf(request, chosen)
  const choose = (tab: Tab) => {
    setWanted(tab)
    remember(tab)
  }
  return (
    <div className={css['samples']}>
      <div className={css['bar']}>
        <div role="tablist" aria-label={m.code_languages()} className={css['tabs']}>
          {offered.map(tab => (
            <button
              key={tab}
              type="button"
              role="tab"
              id={`${panel}-${tab}`}
              aria-controls={panel}
              aria-selected={tab === chosen}
              tabIndex={tab === chosen ? 0 : -1}
              onClick={() => choose(tab)}
              onKeyDown={event => {
                const next = neighbourOf(offered, tab, event.key, getComputedStyle(event.currentTarget).direction)
                if (!next) return
                event.preventDefault()
                choose(next)
                document.getElementById(`${panel}-${next}`)?.focus()
              }}
            >
              {names[tab]}
            </button>
          ))}
        </div>
        <CopyButton key={text} text={text} shownIn={panel} />
      </div>
      {/* Scrolled by keyboard, so it can be reached by it. */}
      <pre id={panel} role="tabpanel" aria-labelledby={`${panel}-${chosen}`} tabIndex={0} dir="ltr">
        {text}
      </pre>
      <p className={css['note']}>{m.code_token()}</p>
    </div>
  )
}

function textOf({ method, path, body, cli }: Request, tab: Tab): string {
  if (tab === 'cli') return `${cli}\n`
  const call = { method, url: location.origin + path, needsToken: true, answers: method !== 'DELETE' }
  return sample(body === undefined ? call : { ...call, body }, tab)
}

/** Arrow keys go as the reader's language runs. */
function neighbourOf(offered: readonly Tab[], tab: Tab, key: string, direction: string): Tab | undefined {
  const steps: Record<string, number> =
    direction === 'rtl' ? { ArrowLeft: 1, ArrowRight: -1 } : { ArrowRight: 1, ArrowLeft: -1 }
  const step = steps[key]
  if (step === undefined) return undefined
  return offered[(offered.indexOf(tab) + step + offered.length) % offered.length]
}

function remembered(): Tab {
  try {
    return tabs.find(tab => tab === localStorage.getItem(KEY)) ?? 'curl'
  } catch {
    return 'curl'
  }
}

function remember(tab: Tab): void {
  try {
    localStorage.setItem(KEY, tab)
  } catch {
    // No storage: for as long as it is open.
  }
}
