/**
 * Who is signed in. The token is in `sessionStorage`: one tab has it, and it is gone when that is closed. The address is
 * never touched, so whoever has to sign in anew is where they were.
 */
import { TOKEN_KEY } from '@restpoint/docs/session'
import { useSyncExternalStore } from 'react'

export type Why = 'expired' | 'signed-out'

export type Session =
  | { readonly token: string }
  /** Why not any more; undefined: not yet. */
  | { readonly token: undefined; readonly why: Why | undefined }

const watchers = new Set<() => void>()
let current: Session = read()

export function signIn(token: string): void {
  attempt(() => sessionStorage.setItem(TOKEN_KEY, token))
  become({ token })
}

export function signOut(why: Why): void {
  attempt(() => sessionStorage.removeItem(TOKEN_KEY))
  become({ token: undefined, why })
}

export function useSession(): Session {
  return useSyncExternalStore(watch, () => current)
}

function become(next: Session): void {
  current = next
  for (const tell of watchers) tell()
}

function watch(tell: () => void): () => void {
  watchers.add(tell)
  return () => watchers.delete(tell)
}

function read(): Session {
  const token = attempt(() => sessionStorage.getItem(TOKEN_KEY))
  return token ? { token } : { token: undefined, why: undefined }
}

/** A browser may refuse any storage: then one is signed in for as long as the page is open. */
function attempt<T>(what: () => T): T | undefined {
  try {
    return what()
  } catch {
    return undefined
  }
}
