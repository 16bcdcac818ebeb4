/** How the console is built, and how it is served while one works on it. */
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { NONCE } from './serve/site.ts'

const service = process.env['RESTPOINT_URL'] ?? 'http://127.0.0.1:8600'

export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  plugins: [react()],
  // The service puts a new one into each page that it sends; Mantine's style elements carry it.
  html: { cspNonce: NONCE },
  build: {
    target: 'es2022',
    // No file becomes a data: URL, which the policy does not allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // A test counts what is loaded first, compressed.
    chunkSizeWarningLimit: 1000,
  },
  server: {
    proxy: { '/api': { target: service, ws: true }, '/docs': service },
  },
})
