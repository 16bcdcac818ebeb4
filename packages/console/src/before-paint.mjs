// Before anything is drawn: the theme that the reader has chosen, if not the system's. The documentation keeps it, too.
const isDark = matchMedia('(prefers-color-scheme: dark)').matches
let theme = isDark ? 'dark' : 'light'
try {
  const chosen = localStorage.getItem('restpoint.theme')
  if (chosen === 'dark' || chosen === 'light') theme = chosen
} catch {
  // No storage: the system's.
}
document.documentElement.dataset.mantineColorScheme = theme
