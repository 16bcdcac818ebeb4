/** Markup, a right-to-left override that is never closed, an emoji of several signs, and a word without an end. */
export const NASTY = `<img src=x onerror=alert(1)> \u202Egnp.exe 👩‍🚀 ${'x'.repeat(2000)}`
