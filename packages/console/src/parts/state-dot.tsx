/** A state as a shape, a colour and a word: whoever does not see one of them has the others. */
import type { Operation, Server, Snapshot } from '@restpoint/sdk/source'
import { m } from '../paraglide/messages.js'
import css from './state-dot.module.css'

export type State = Server['status'] | Snapshot['status'] | Operation['status'] | 'importing' | 'available'

/** good: as it should be. busy: on its way. rest: nothing happens. warn: somebody should look. bad: it failed. */
export type Mood = 'good' | 'busy' | 'rest' | 'warn' | 'bad'

const moods: Readonly<Record<State, Mood>> = {
  active: 'good',
  stopped: 'rest',
  suspended: 'warn',
  restoring: 'busy',
  creating: 'busy',
  failed: 'bad',
  in_progress: 'busy',
  completed: 'good',
  queued: 'rest',
  running: 'busy',
  waiting: 'rest',
  cancelled: 'rest',
  importing: 'busy',
  available: 'good',
}

const words: Readonly<Record<State, () => string>> = {
  active: m.state_active,
  stopped: m.state_stopped,
  suspended: m.state_suspended,
  restoring: m.state_restoring,
  creating: m.state_creating,
  failed: m.state_failed,
  in_progress: m.state_in_progress,
  completed: m.state_completed,
  queued: m.state_queued,
  running: m.state_running,
  waiting: m.state_waiting,
  cancelled: m.state_cancelled,
  importing: m.state_importing,
  available: m.state_available,
}

/** A newer service may know more: its own word then. */
export function stateInWords(state: string): string {
  return Object.hasOwn(words, state) ? words[state as State]() : state
}

export function StateDot({ state }: { readonly state: State }) {
  return (
    <span className={css['state']} data-mood={moods[state] ?? 'rest'}>
      <Shape mood={moods[state] ?? 'rest'} />
      {stateInWords(state)}
    </span>
  )
}

function Shape({ mood }: { readonly mood: Mood }) {
  return (
    <svg aria-hidden="true" viewBox="0 0 12 12" width="12" height="12" className={css['shape']}>
      {shapes[mood]}
    </svg>
  )
}

const shapes: Readonly<Record<Mood, React.ReactNode>> = {
  good: <circle cx="6" cy="6" r="5" fill="currentColor" />,
  rest: <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="2" />,
  busy: <path d="M6 2a4 4 0 1 1-4 4" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />,
  warn: <path d="M3 2h2v8H3zm4 0h2v8H7z" fill="currentColor" />,
  bad: <path d="m2 2 8 8m0-8-8 8" fill="none" stroke="currentColor" strokeWidth="2.5" strokeLinecap="round" />,
}
