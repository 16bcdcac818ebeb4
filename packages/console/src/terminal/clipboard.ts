/** The clipboard, as far as the browser lets a page have it: never over plain HTTP, unless the service is on this machine. */

/** Whether it was. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyAsOfOld(text)
  }
}

/** Undefined: the browser or its user does not want that. */
export async function pasted(): Promise<string | undefined> {
  try {
    return await navigator.clipboard.readText()
  } catch {
    return undefined
  }
}

function copyAsOfOld(text: string): boolean {
  const listener = (event: ClipboardEvent) => {
    event.clipboardData?.setData('text/plain', text)
    event.preventDefault()
    event.stopImmediatePropagation()
  }
  document.addEventListener('copy', listener, { capture: true, once: true })
  // Deprecated, and the one way that there is without a secure context.
  const wasCopied = document.execCommand('copy')
  document.removeEventListener('copy', listener, { capture: true })
  return wasCopied
}
