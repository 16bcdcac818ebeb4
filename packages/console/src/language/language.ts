/** Which of the six languages is shown: what the reader has chosen before, else what the browser asks for. */
import { type Language, languages, preferred, source } from '@restpoint/docs/languages'
import { useSyncExternalStore } from 'react'
import { overwriteGetLocale } from '../paraglide/runtime.js'

export type LanguageCode = (typeof languages)[number]['code']
export { languages }

/** In `localStorage`. */
const KEY = 'restpoint.language'

const watchers = new Set<() => void>()
let shown = show(
  languages.find(({ code }) => code === remembered()) ?? preferred(navigator.languages.join(), languages),
)

overwriteGetLocale(() => shown.code)

export function language(): (typeof languages)[number] {
  return shown
}

export function chooseLanguage(code: LanguageCode): void {
  shown = show(languages.find(one => one.code === code))
  try {
    localStorage.setItem(KEY, code)
  } catch {
    // No storage: for as long as the page is open.
  }
  for (const tell of watchers) tell()
}

/** All that is shown is made anew when it changes: messages are read while rendering. */
export function useLanguage(): (typeof languages)[number] {
  return useSyncExternalStore(watch, language)
}

function watch(tell: () => void): () => void {
  watchers.add(tell)
  return () => watchers.delete(tell)
}

function show(chosen: Language = source): (typeof languages)[number] {
  document.documentElement.lang = chosen.code
  document.documentElement.dir = chosen.dir
  return chosen as (typeof languages)[number]
}

function remembered(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}
