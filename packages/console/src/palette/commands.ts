/** What a view offers to the command palette for as long as it is shown. */
import { useEffect, useSyncExternalStore } from 'react'

export interface Command {
  /** Of its own among all commands. */
  readonly id: string
  readonly label: string
  readonly run: () => void
}

const offered = new Map<object, readonly Command[]>()
const watchers = new Set<() => void>()
let all: readonly Command[] = []

/** `commands` should stay the same as long as they mean the same. */
export function useCommands(commands: readonly Command[]): void {
  useEffect(() => {
    const key = {}
    offered.set(key, commands)
    changed()
    return () => {
      offered.delete(key)
      changed()
    }
  }, [commands])
}

export function useOfferedCommands(): readonly Command[] {
  return useSyncExternalStore(watch, () => all)
}

function changed(): void {
  all = [...offered.values()].flat()
  for (const tell of watchers) tell()
}

function watch(tell: () => void): () => void {
  watchers.add(tell)
  return () => watchers.delete(tell)
}
