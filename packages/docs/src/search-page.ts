/** What a search has found. */
import type { Prose } from './content.ts'
import { type Html, html } from './html.ts'
import { pathOf } from './pages.ts'
import type { Hit } from './search.ts'

export function renderSearch(prose: Prose, query: string, hits: readonly Hit[]): Html {
  const { code } = prose.language
  const said = (key: string) => html`<p class="lead" role="status">${prose.get(key)}</p>`
  const found =
    query === ''
      ? said('messages.search.nothingAsked')
      : hits.length === 0
        ? html`<p class="lead" role="status">${prose.get('messages.search.nothing', { query: isolated(query) })}</p>`
        : html`<p class="lead" role="status">${prose.plural('messages.search.found', hits.length, { query: isolated(query) })}</p>`
  return html`<h1 id="top">${prose.get('messages.search.title')}</h1>
${found}
<ol class="hits">${hits.map(({ entry, title, excerpt }) => {
    const address = `${pathOf(code, entry.page)}${entry.anchor === '' ? '' : `#${entry.anchor}`}`
    return html`<li><a href="${address}">${mark(title)}</a>${entry.title !== entry.pageTitle && html` <span class="dim">${entry.pageTitle}</span>`}
<p>${mark(excerpt)}</p></li>
`
  })}</ol>`
}

/** What somebody typed keeps its own direction: FIRST STRONG ISOLATE, POP DIRECTIONAL ISOLATE. */
function isolated(text: string): string {
  return `\u2068${text}\u2069`
}

function mark(parts: readonly string[]): Html {
  return html`${parts.map((part, index) => (index % 2 === 1 ? html`<mark>${part}</mark>` : part))}`
}
