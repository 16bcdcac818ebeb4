import './styles/mantine.css'
import './styles/fonts.css'
import './styles/base.css'
import { setNonce } from 'get-nonce'
import { createRoot } from 'react-dom/client'
import { App, nonce } from './app.tsx'

// For the style element that keeps the page from scrolling behind a dialog.
setNonce(nonce())
createRoot(document.getElementById('root') as HTMLElement).render(<App />)
