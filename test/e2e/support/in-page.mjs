// Runs in the browser, in the pages of the console.
globalThis.reading = {
  /** All that a reader is shown or told, with whether it is set apart: code, names, what the service says in English. */
  texts() {
    const apart = 'code, pre, kbd, bdi, [lang="en"], [translate="no"], [dir="ltr"] *, time'
    const found = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.data.trim()
      const element = node.parentElement
      if (text && !element.closest('script, style, noscript'))
        found.push({ text, isApart: element.closest(apart) !== null })
    }
    for (const element of document.querySelectorAll('[aria-label], [placeholder], [title], [alt]')) {
      for (const name of ['aria-label', 'placeholder', 'title', 'alt']) {
        const text = element.getAttribute(name)?.trim()
        if (text) found.push({ text, isApart: element.closest(apart) !== null || element.lang === 'en' })
      }
    }
    return found
  },

  /** Epoch ms at which a text is on the screen. */
  async seen(text) {
    while (!document.body.innerText.includes(text)) await new Promise(done => requestAnimationFrame(done))
    return performance.timeOrigin + performance.now()
  },

  /** How long after the page was asked for so many items of the tree are drawn and the page is at rest, ms. */
  async drawn(count) {
    while (document.querySelectorAll('[role="treeitem"]').length < count) await new Promise(requestAnimationFrame)
    await new Promise(done => requestIdleCallback(done))
    return Math.round(performance.now())
  },

  /** Where a sign that turns the direction stands in a text that is not kept apart from what is around it. */
  loose(sign) {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const found = []
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (!node.data.includes(sign) || isKeptApart(node)) continue
      found.push(`${node.parentElement.tagName} ${node.data.slice(0, 60)}`)
    }
    return found
  },
}

/** By its element, by the element's being a block of its own, or by the isolates of Unicode. */
function isKeptApart(node) {
  if (/[\u2066-\u2068]/.test(node.data)) return true
  const { unicodeBidi, display } = getComputedStyle(node.parentElement)
  return (
    unicodeBidi.includes('isolate') || unicodeBidi === 'plaintext' || (display !== 'inline' && display !== 'contents')
  )
}
