// What the pages gain where scripts run. Without them nothing is missing but convenience.
const root = document.documentElement
const status = document.querySelector('[data-status]')

function remember(store, key, value) {
  try {
    if (value === undefined) return store.getItem(key)
    store.setItem(key, value)
  } catch {
    // No storage: nothing is remembered.
  }
  return null
}

function say(text) {
  if (status) status.textContent = text
}

// Dark or light.
const themeButton = document.querySelector('[data-theme-button]')
const systemDark = matchMedia('(prefers-color-scheme: dark)')
const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : systemDark.matches)
if (themeButton) {
  const show = () => {
    themeButton.textContent = isDark() ? themeButton.dataset.light : themeButton.dataset.dark
  }
  themeButton.hidden = false
  themeButton.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark'
    remember(localStorage, 'restpoint.theme', root.dataset.theme)
    show()
  })
  systemDark.addEventListener('change', show)
  show()
}

// The same place in another language: headings have the same names in all of them.
for (const link of document.querySelectorAll('[data-language-link]')) {
  link.addEventListener('click', () => {
    const target = new URL(link.href)
    target.hash = location.hash
    link.href = target.href
  })
}
document.addEventListener('click', event => {
  const open = document.querySelector('details.languages[open]')
  if (open && !open.contains(event.target)) open.open = false
})

// All samples are in the language that was last chosen for one.
function chooseSample(language) {
  for (const input of document.querySelectorAll(`[data-sample] input[value="${CSS.escape(language)}"]`))
    input.checked = true
}
const chosen = remember(localStorage, 'restpoint.sample')
if (chosen) chooseSample(chosen)
document.addEventListener('change', event => {
  const sample = event.target.closest?.('[data-sample]')
  if (!sample) return
  const before = sample.getBoundingClientRect().top
  chooseSample(event.target.value)
  remember(localStorage, 'restpoint.sample', event.target.value)
  // The other samples have changed their height: this one stays where the reader sees it.
  scrollBy({ top: sample.getBoundingClientRect().top - before, behavior: 'instant' })
})

// Copy what is shown.
for (const sample of document.querySelectorAll('[data-sample]')) {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'copy'
  button.textContent = status.dataset.copy
  button.addEventListener('click', async () => {
    const panel = [...sample.querySelectorAll('pre')].find(pre => getComputedStyle(pre).display !== 'none')
    try {
      await navigator.clipboard.writeText(panel.textContent)
      say(status.dataset.copied)
      button.textContent = status.dataset.copied
      setTimeout(() => {
        button.textContent = status.dataset.copy
      }, 1500)
    } catch {
      // Not allowed, or no secure context: the text can be selected by hand.
      getSelection().selectAllChildren(panel)
    }
  })
  sample.querySelector('.tabs').append(button)
}

// "/" goes to the search, as in many places.
document.addEventListener('keydown', event => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return
  if (event.target.closest?.('input, textarea, select, [contenteditable]')) return
  event.preventDefault()
  document.querySelector('#q')?.focus()
})

// For whoever is signed in: the ids in the samples are of things that they have.
const collections = {
  server_id: 'servers',
  snapshot_id: 'snapshots',
  image_id: 'images',
  operation_id: 'operations',
  token_id: 'tokens',
}
async function firstId(collection, token) {
  const reply = await fetch(`/api/v1/${collection}/?limit=1`, { headers: { authorization: `Bearer ${token}` } })
  return reply.ok ? (await reply.json()).results[0]?.id : undefined
}
async function fillIds(token) {
  const wanted = new Set([...document.querySelectorAll('[data-id]')].map(({ dataset }) => dataset.id))
  const known = [...wanted].filter(name => Object.hasOwn(collections, name))
  const filled = await Promise.all(
    known.map(async name => {
      const id = await firstId(collections[name], token).catch(() => undefined)
      if (id === undefined) return false
      for (const place of document.querySelectorAll(`[data-id="${name}"]`)) place.textContent = String(id)
      return true
    }),
  )
  if (filled.includes(true)) say(status.dataset.filled)
}
const token = remember(sessionStorage, root.dataset.tokenKey)
if (token) fillIds(token)
