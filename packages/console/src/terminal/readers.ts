/** Whether the terminal is made for screen readers: whoever needs that needs it next time, too. */
const KEY = 'restpoint.screen-reader'

export function isForReaders(): boolean {
  try {
    return localStorage.getItem(KEY) === 'on'
  } catch {
    return false
  }
}

export function makeForReaders(isOn: boolean): void {
  try {
    if (isOn) localStorage.setItem(KEY, 'on')
    else localStorage.removeItem(KEY)
  } catch {
    // No storage: for as long as the page is open.
  }
}
