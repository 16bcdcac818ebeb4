/** How the console is built, and how it is served while one works on it. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { NONCE } from './serve/site.ts'

const service = process.env['RESTPOINT_URL'] ?? 'http://127.0.0.1:8600'

export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  plugins: [react(), beforePaint()],
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

/** A script that is not waited for would come too late; one within the page is what the policy does not allow. */
function beforePaint(): Plugin {
  const file = 'src/before-paint.mjs'
  const name = 'before-paint.js'
  return {
    name: 'before-paint',
    buildStart() {
      const source = readFileSync(path.join(import.meta.dirname, file), 'utf8')
      if (this.environment.mode === 'build') this.emitFile({ type: 'asset', name, source })
    },
    transformIndexHtml: {
      order: 'post',
      handler(_, { bundle }) {
        const made = Object.values(bundle ?? {}).find(one => one.type === 'asset' && one.names.includes(name))
        return [{ tag: 'script', attrs: { src: `/console/${made?.fileName ?? file}` }, injectTo: 'head-prepend' }]
      },
    },
  }
}
