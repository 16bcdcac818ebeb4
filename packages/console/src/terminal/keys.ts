/** The few keys that are the terminal's own. All others are for the server, Tab and Escape included. */

export const terminalKeys = { copy: 'Ctrl+Shift+C', paste: 'Ctrl+Shift+V', leave: 'Ctrl+Shift+L' } as const
export type TerminalKey = keyof typeof terminalKeys

const letters: Readonly<Record<string, TerminalKey>> = { c: 'copy', v: 'paste', l: 'leave' }

type Pressed = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey'>

/** Undefined: it is for the server. Where the keyboard has no Latin letters, by the place that they would have on it. */
export function terminalKeyOf({ key, code, ctrlKey, shiftKey, altKey, metaKey }: Pressed): TerminalKey | undefined {
  if (!ctrlKey || !shiftKey || altKey || metaKey) return undefined
  const letter = /^[a-z]$/i.test(key) ? key : code.replace(/^Key/, '')
  return letters[letter.toLowerCase()]
}
