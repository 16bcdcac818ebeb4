/**
 * xterm writes its colours into style elements, and some of them into style attributes. The page's policy refuses both
 * from whoever does not know its nonce, and xterm takes none: https://github.com/xtermjs/xterm.js/issues/4445. Its option
 * `documentOverride` would do, but the elements of a row are made by the page's own document all the same. So while a
 * terminal is open, that makes elements that keep to the policy.
 */

/** @returns how to end it. One at a time. */
export function keepToPolicy(nonce: string): () => void {
  const createElement = (name: string, options?: ElementCreationOptions): HTMLElement => {
    const element = Document.prototype.createElement.call(document, name, options)
    if (name === 'style') element.nonce = nonce
    // A piece of a row, with a colour of its own perhaps.
    if (name === 'span') element.setAttribute = setAttribute
    return element
  }
  Object.defineProperty(document, 'createElement', { value: createElement, configurable: true })
  return () => {
    Reflect.deleteProperty(document, 'createElement')
  }
}

/** What the style object is told needs no nonce; what the attribute is told does. */
function setAttribute(this: HTMLElement, name: string, value: string): void {
  if (name === 'style') this.style.cssText = value
  else Element.prototype.setAttribute.call(this, name, value)
}
