/** What one sees of a server's console: xterm, in our colours, under the page's policy, and with a way out by keyboard. */
import '@xterm/xterm/css/xterm.css'
import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import { colours, LEAST_CONTRAST } from './colours.ts'
import { type TerminalKey, terminalKeyOf } from './keys.ts'
import { keepToPolicy } from './under-policy.ts'

/** Lines: more than the service remembers. */
const SCROLLBACK = 10_000

export interface ScreenOptions {
  /** Of this page. */
  readonly nonce: string
  readonly words: { readonly input: string; readonly tooMuchOutput: string }
  /** The element that says which keys are not for the server. */
  readonly keysId: string
  /** What is typed or pasted, or what the terminal answers when the server asks it something. */
  readonly onTyped: (data: string | Uint8Array) => void
  readonly onSelected: (isSelected: boolean) => void
  /** Those of `paste` are the browser's own. */
  readonly onKey: (key: Exclude<TerminalKey, 'paste'>) => void
}

export type Screen = ReturnType<typeof openScreen>

export function openScreen(parent: HTMLElement, options: ScreenOptions) {
  const { nonce, words, keysId, onTyped, onSelected, onKey } = options
  Terminal.strings.promptLabel = words.input
  Terminal.strings.tooMuchOutput = words.tooMuchOutput
  const terminal = new Terminal({
    cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    fontFamily: getComputedStyle(parent).fontFamily,
    fontSize: 13,
    minimumContrastRatio: LEAST_CONTRAST,
    scrollback: SCROLLBACK,
    // A server may call anything a link to anywhere: none is followed.
    linkHandler: { activate: () => {} },
  })
  const fit = new FitAddon()
  terminal.loadAddon(fit)
  const forgetPolicy = keepToPolicy(nonce)
  terminal.open(parent)
  const { textarea } = terminal
  textarea?.setAttribute('aria-describedby', keysId)

  let isOld = false
  const typed = (data: string | Uint8Array) => {
    if (!isOld) onTyped(data)
  }
  terminal.onData(typed)
  // Mouse reports of an old kind: bytes, as a string.
  terminal.onBinary(data => typed(Uint8Array.from(data, letter => letter.charCodeAt(0))))
  terminal.onSelectionChange(() => onSelected(terminal.hasSelection()))
  terminal.attachCustomKeyEventHandler(event => {
    const key = terminalKeyOf(event)
    if (key === undefined) return true
    // The browser pastes by itself, without asking whether it may.
    if (key === 'paste') return false
    event.preventDefault()
    if (event.type === 'keydown') onKey(key)
    return false
  })
  const watcher = new ResizeObserver(() => fit.fit())
  watcher.observe(parent)

  return {
    /** `isReplay`: it was said before; what it asks was answered then, and the answer would be typed into something else. */
    write(bytes: Uint8Array, isReplay: boolean): void {
      if (isReplay) isOld = true
      terminal.write(bytes, () => {
        if (isReplay) isOld = false
      })
    },
    focus: () => terminal.focus(),
    /** As if it was typed: in brackets, where the guest wants to know. */
    paste: (text: string) => terminal.paste(text),
    /** What is selected; undefined: nothing is. */
    selected: (): string | undefined => terminal.getSelection() || undefined,
    /** All that was said and is kept. */
    text(): string {
      const { active } = terminal.buffer
      let text = ''
      for (let row = 0; row < active.length; row++) {
        const line = active.getLine(row)
        // A line that was too long for one row goes on in the next.
        text += `${row === 0 || line?.isWrapped ? '' : '\n'}${line?.translateToString(true) ?? ''}`
      }
      return `${text.trimEnd()}\n`
    },
    show({
      scheme,
      isForReaders,
      isTaken,
    }: {
      scheme: 'light' | 'dark'
      isForReaders: boolean
      isTaken: boolean
    }): void {
      terminal.options.theme = colours[scheme]
      terminal.options.screenReaderMode = isForReaders
      terminal.options.disableStdin = !isTaken
    },
    /**
     * Out by keyboard, to an element in front of the terminal. Tab goes on past it from there, and not straight back in;
     * when one has left that element's surroundings, it can be entered again.
     */
    leaveTo(element: HTMLElement, surroundings: HTMLElement): void {
      element.focus()
      if (!textarea) return
      textarea.tabIndex = -1
      const onFocusOut = ({ relatedTarget }: FocusEvent) => {
        if (surroundings.contains(relatedTarget as Node | null)) return
        textarea.tabIndex = 0
        surroundings.removeEventListener('focusout', onFocusOut)
      }
      surroundings.addEventListener('focusout', onFocusOut)
    },
    close(): void {
      watcher.disconnect()
      terminal.dispose()
      forgetPolicy()
    },
  }
}
