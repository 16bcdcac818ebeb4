/** What was done, and what comes next: short texts at the edge of the screen. A store, so that anything can tell one. */
import { useSyncExternalStore } from 'react'

export interface Notice {
  /** What happened, in one sentence. */
  readonly title: string
  /** What comes next. */
  readonly text?: string | undefined
  /** What can be done about it, as a button: undo, show. */
  readonly action?: { readonly label: string; readonly run: () => void } | undefined
  /** A newer one about the same takes its place: its button would not do any more what it says. */
  readonly about?: string | undefined
}

export type Shown =
  | { readonly id: number; readonly kind: 'done'; readonly notice: Notice }
  | { readonly id: number; readonly kind: 'problem'; readonly error: unknown }

const watchers = new Set<() => void>()
let shown: readonly Shown[] = []
let lastId = 0

/** More would cover what they are about. */
const MOST = 4

export function tell(notice: Notice): void {
  const { about } = notice
  if (about !== undefined) become(shown.filter(one => one.kind !== 'done' || one.notice.about !== about))
  add({ id: ++lastId, kind: 'done', notice })
}

export function tellProblem(error: unknown): void {
  add({ id: ++lastId, kind: 'problem', error })
}

export function dismiss(id: number): void {
  become(shown.filter(one => one.id !== id))
}

export function useNotices(): readonly Shown[] {
  return useSyncExternalStore(watch, () => shown)
}

function add(one: Shown): void {
  become([...shown, one].slice(-MOST))
}

function become(next: readonly Shown[]): void {
  shown = next
  for (const tellOf of watchers) tellOf()
}

function watch(tellOf: () => void): () => void {
  watchers.add(tellOf)
  return () => watchers.delete(tellOf)
}
