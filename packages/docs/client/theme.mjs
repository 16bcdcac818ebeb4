// Before anything is shown: the theme that the reader has chosen, if not the system's.
try {
  const theme = localStorage.getItem('restpoint.theme')
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme
} catch {
  // No storage: the system's.
}
