/** What all pages have around them. */
import type { Assets } from './assets.ts'
import { ORIGIN } from './code.ts'
import type { Prose } from './content.ts'
import { type Html, html, type Part, raw } from './html.ts'
import type { Language } from './languages.ts'
import type { Heading } from './markdown.ts'
import { menuOf, pathOf } from './pages.ts'
import { TOKEN_KEY } from './session.ts'

export interface Frame {
  readonly prose: Prose
  readonly assets: Assets
  /** Those that are whole, this one among them. */
  readonly languages: readonly Language[]
  readonly nouns: readonly string[]
  /** Page → its title. */
  readonly titleOf: (page: string) => string
}

export interface Shown {
  /** Undefined: none of the menu, and no address of its own: a search, or what is not there. */
  readonly page?: string
  readonly title: string
  readonly description: string
  readonly main: Html
  /** Of this page, for the menu: second level only. */
  readonly headings: readonly Heading[]
  readonly wide: boolean
  /** What was searched for. */
  readonly query?: string
  /** Where the other languages lead: to the same page, or with the same query. */
  readonly pathIn: (language: string) => string
}

export function layOut(frame: Frame, shown: Shown): string {
  const { prose, assets, languages } = frame
  const { language } = prose
  const text = (key: string) => prose.get(`messages.${key}`)
  const addresses = languages.map(({ code }) => ({ code, address: ORIGIN + shown.pathIn(code) }))
  return html`<!doctype html>
<html lang="${language.code}" dir="${language.dir}" data-token-key="${TOKEN_KEY}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${shown.title === text('name') ? shown.title : `${shown.title} – ${text('name')}`}</title>
<meta name="description" content="${shown.description}">
${
  shown.page === undefined
    ? raw('<meta name="robots" content="noindex">\n')
    : html`<link rel="canonical" href="${ORIGIN}${shown.pathIn(language.code)}">
${addresses.map(({ code, address }) => html`<link rel="alternate" hreflang="${code}" href="${address}">\n`)}<link rel="alternate" hreflang="x-default" href="${ORIGIN}${shown.pathIn('en')}">
`
}<link rel="preload" href="${assets.font}" as="font" type="font/woff2" crossorigin>
<link rel="stylesheet" href="${assets.style}">
<script src="${assets.theme}"></script>
<script src="${assets.script}" type="module"></script>
</head>
<body>
<a class="skip" href="#main">${text('skip')}</a>
<header class="top">
<a class="brand" href="${pathOf(language.code, 'home')}"><span dir="ltr">Restpoint</span> <span class="dim">${text('documentation')}</span></a>
<form class="search" role="search" action="${pathOf(language.code, 'search')}">
<label class="away" for="q">${text('search.label')}</label>
<input id="q" name="q" type="search" maxlength="200" autocomplete="off" placeholder="${text('search.label')}" value="${shown.query ?? ''}">
</form>
<button class="theme" type="button" hidden data-theme-button data-dark="${text('theme.dark')}" data-light="${text('theme.light')}"></button>
${languageSwitch(frame, shown)}
<a class="menu-link" href="#menu">${text('menu.title')}</a>
</header>
<div class="frame">
${menu(frame, shown)}
<main id="main" tabindex="-1"${shown.wide && raw(' class="wide"')}>
${shown.main}
${shown.page !== undefined && onwards(frame, shown.page)}
</main>
</div>
<footer class="foot">${text('footer')} <a href="/openapi.json" dir="ltr">openapi.json</a></footer>
<p class="away" role="status" data-status data-copy="${text('copy.button')}" data-copied="${text('copy.done')}" data-filled="${text('sample.filled')}"></p>
</body>
</html>
`.text
}

function languageSwitch({ prose, languages }: Frame, { pathIn }: Shown): Part {
  if (languages.length < 2) return undefined
  const { language } = prose
  return html`<details class="languages">
<summary aria-label="${prose.get('messages.language')}: ${language.name}"><span lang="${language.code}">${language.name}</span></summary>
<ul>${languages.map(
    ({ code, name, dir }) =>
      html`<li><a href="${pathIn(code)}" hreflang="${code}" lang="${code}" dir="${dir}" data-language-link${code === language.code && raw(' aria-current="true"')}>${name}</a></li>`,
  )}</ul>
</details>`
}

function menu({ prose, nouns, titleOf }: Frame, { page: current, headings }: Shown): Html {
  const { language } = prose
  const { guide, reference } = menuOf(nouns)
  const entry = (page: string) =>
    html`<li><a href="${pathOf(language.code, page)}"${page === current && raw(' aria-current="page"')}>${titleOf(page)}</a>${page === current && sections(headings)}</li>
`
  return html`<nav class="menu" id="menu" aria-label="${prose.get('messages.menu.title')}">
<a class="close" href="#main">${prose.get('messages.menu.close')}</a>
<p class="group">${prose.get('messages.menu.guide')}</p>
<ul>${guide.map(entry)}</ul>
<p class="group">${prose.get('messages.menu.reference')}</p>
<ul>${reference.map(entry)}</ul>
</nav>`
}

function sections(headings: readonly Heading[]): Part {
  const shown = headings.filter(({ level }) => level === 2)
  if (shown.length === 0) return undefined
  return html`<ul class="sections">${shown.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul>`
}

/** To the page before and the page after, in the order of the menu. */
function onwards({ prose, nouns, titleOf }: Frame, page: string): Part {
  const { guide, reference } = menuOf(nouns)
  const all = [...guide, ...reference]
  const at = all.indexOf(page)
  const link = (other: string | undefined, rel: 'prev' | 'next') =>
    other !== undefined &&
    html`<a rel="${rel}" href="${pathOf(prose.language.code, other)}"><span class="dim">${prose.get(`messages.page.${rel}`)}</span> ${titleOf(other)}</a>`
  return html`<nav class="onwards" aria-label="${prose.get('messages.page.onwards')}">${link(all[at - 1], 'prev')}${link(all[at + 1], 'next')}</nav>`
}
