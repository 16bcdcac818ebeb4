// Runs in the browser, in the pages that are looked at.
globalThis.looks = {
  /** What is wider than the window. */
  overflowing() {
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= width) return []
    return [...document.querySelectorAll('body *')]
      .filter(element => {
        const { left, right, width: own } = element.getBoundingClientRect()
        return own > 1 && (right > width + 1 || left < -1)
      })
      .map(element => `${element.tagName} ${element.textContent?.trim().slice(0, 40)}`)
      .concat('the page')
  },

  async violations() {
    const { violations } = await globalThis.axe.run()
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    )
  },

  /** Code is in the reader's own font; what is left is prose. */
  async onlyProse() {
    for (const code of document.querySelectorAll('code, pre, .type, .chip')) code.remove()
    await document.fonts.ready
  },
}
